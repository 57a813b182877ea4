"""A text is encoded once, whatever asks for it and however often it is interrupted."""

import numpy as np
import pytest

from lsr_eval.curse import encoding
from lsr_eval.curse.encoding import TextVectors
from lsr_index import InputError
from lsr_index.progress import silent
from tests.eval.curse.conftest import LetterEmbedder

TEXTS = ["tides", "sand", "soda", "moon", "sand", ""]


def test_a_resumed_run_encodes_only_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(encoding, "PART", 2)
    first, second, third = LetterEmbedder(dies_after=1), LetterEmbedder(), LetterEmbedder()
    with pytest.raises(KeyboardInterrupt):
        TextVectors(first, tmp_path).prepare(TEXTS, "document", silent, "x")
    TextVectors(second, tmp_path).prepare(TEXTS, "document", silent, "x")
    assert sorted(first.texts + second.texts) == sorted(set(TEXTS))
    assert len(first.texts) == 2
    vectors = TextVectors(third, tmp_path)
    vectors.prepare(TEXTS, "document", silent, "x")
    assert third.texts == []
    np.testing.assert_array_equal(
        vectors.of(TEXTS, "document"), LetterEmbedder().encode(TEXTS, "document", lambda _: None)
    )


def test_vectors_are_kept_with_all_their_digits(tmp_path):
    vectors = TextVectors(LetterEmbedder(), tmp_path)
    many = "a" * 2049  # float16 would make it 2,048
    vectors.prepare([many], "query", silent, "x")
    assert np.asarray(vectors.of([many], "query"))[0, 0] == 2049


def test_a_text_that_was_not_prepared(tmp_path):
    vectors = TextVectors(LetterEmbedder(), tmp_path)
    vectors.prepare(["sand"], "document", silent, "x")
    with pytest.raises(InputError, match="2 document texts have no vectors"):
        vectors.of(["sand", "x", "y"], "document")
