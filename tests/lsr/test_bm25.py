import math

import numpy as np
import pytest

from lsr import Retriever, SparseEncoder
from lsr_index import InputError, ModelError

TEXTS = ["the cat sat on the mat", "a dog and another dog", "cats!"]


@pytest.fixture
def encoder():
    fitted = SparseEncoder.from_pretrained("bm25", k1=0.9, b=0.4)
    fitted.fit(TEXTS)
    return fitted


def test_stop_words_go_and_words_are_stemmed(encoder):
    assert encoder.vocabulary.terms == ["anoth", "cat", "dog", "mat", "sat"]


def test_scores_are_bm25_worked_by_hand(encoder):
    # Lengths without stop words: 3, 3, 1; average 7/3. "dog" occurs twice in the second text and in no other.
    norm = 0.9 * (1 - 0.4 + 0.4 * 3 / (7 / 3))
    expected = math.log(1 + 2.5 / 1.5) * 2 * 1.9 / (2 + norm)
    documents, queries = encoder.encode_documents(TEXTS), encoder.encode_queries(["Dogs"])
    np.testing.assert_allclose((documents @ queries.T).toarray()[:, 0], [0, expected, 0], rtol=1e-6)


def test_a_repeated_query_word_counts_twice(encoder):
    once, twice = (encoder.encode_queries([text]).toarray() for text in ("cat", "cat cat zebra"))
    np.testing.assert_allclose(twice, 2 * once)


def test_empty_texts_give_empty_rows(encoder):
    assert encoder.encode_documents(["", "the of"]).nnz == 0
    assert encoder.encode_queries(["", "zebra"]).nnz == 0


def test_not_fitted():
    with pytest.raises(ModelError, match="fit it on the corpus"):
        SparseEncoder.from_pretrained("bm25").encode_queries(["cat"])


@pytest.mark.parametrize("options", [{"k1": -1.0}, {"b": 1.5}, {"b": float("nan")}])
def test_bad_parameters(options):
    with pytest.raises(InputError, match="BM25 needs"):
        SparseEncoder.from_pretrained("bm25", **options)


def test_an_opened_index_encodes_alike(tmp_path, encoder):
    Retriever.build(TEXTS, model=encoder, path=tmp_path / "idx")
    again = Retriever.open(tmp_path / "idx").encoder
    for encode, theirs in (
        (again.encode_documents, encoder.encode_documents),
        (again.encode_queries, encoder.encode_queries),
    ):
        assert (encode(TEXTS) != theirs(TEXTS)).nnz == 0
