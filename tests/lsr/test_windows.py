"""Long texts: cut and counted, or read in windows."""

# pyright: reportOptionalSubscript=false
import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsr import InputError, Retriever, SparseEncoder
from lsr.encoders.loading import load_for_index
from lsr.encoders.tokenization import TextTokenizer
from lsr_index.index import SparseIndex
from tests.conftest import WORDS

CONTENT = [word for word in WORDS if word.isalpha()]
LONG = " ".join(CONTENT * 3)


@settings(max_examples=40)
@given(words=st.lists(st.sampled_from(CONTENT), max_size=30), length=st.integers(3, 12), stride=st.integers(0, 9))
def test_windows_overlap_and_hold_every_token(tiny_model, words, length, stride):
    stride = min(stride, length - 3)
    ids = [WORDS.index(word) for word in words]
    found = TextTokenizer.from_folder(tiny_model, length, stride).windows([" ".join(words)])
    assert found.cut == 0
    assert found.counts.tolist() == [len(found.sequences)]
    assert all(len(part) <= length and part[0] == 2 and part[-1] == 3 for part in found.sequences)
    parts = [part[1:-1] for part in found.sequences]
    assert all(left[len(left) - stride :] == right[:stride] for left, right in itertools.pairwise(parts))
    assert [token for n, part in enumerate(parts) for token in part[stride if n else 0 :]] == ids
    tokenizer = TextTokenizer.from_folder(tiny_model, length)
    assert tokenizer.content([" ".join(words)], whole=True) == [ids]
    assert tokenizer.windows([" ".join(words)]).cut == (len(ids) > length - 2)


@pytest.mark.parametrize("top_k", [None, 3])
def test_a_term_weighs_what_it_weighs_most_in_any_window(tiny_model, top_k):
    options = {"max_length": 8, "dtype": "float32"}
    windows = SparseEncoder.from_pretrained(tiny_model, long="windows", stride=2, top_k=top_k, **options)
    plain = SparseEncoder.from_pretrained(tiny_model, **options)
    words = LONG.split()
    parts = [" ".join(words[start : start + 6]) for start in range(0, len(words) - 2, 4)]
    expected = plain.encode_documents(parts).toarray().max(axis=0)
    if top_k:
        expected[expected < np.sort(expected)[-top_k]] = 0
    rows = windows.encode_documents(["the cat", LONG, "", "far"])
    np.testing.assert_allclose(rows[[1]].toarray()[0], expected, atol=1e-5)
    assert rows.has_sorted_indices
    short = SparseEncoder.from_pretrained(tiny_model, top_k=top_k, **options)
    assert abs(rows[[0, 2, 3]] - short.encode_documents(["the cat", "", "far"])).max() < 1e-5


def test_progress_counts_texts_not_windows(tiny_model):
    done = []
    encoder = SparseEncoder.from_pretrained(tiny_model, max_length=8, long="windows", token_budget=16)
    encoder.encode_documents([LONG, "", "cat", LONG], progress=done.append)
    assert sum(done) == 4


def test_cut_documents_are_counted_and_windows_cut_none(tiny_model):
    for long, cut in (("truncate", 2), ("windows", 0)):
        encoder = SparseEncoder.from_pretrained(tiny_model, max_length=8, long=long)
        encoder.encode_documents([LONG, "the cat", LONG])
        encoder.encode_queries([LONG])
        assert encoder.cut == cut


@pytest.mark.parametrize("inference_free", [False, True])
def test_an_index_reads_further_documents_as_its_own_were_read(tmp_path, tiny_model, inference_free):
    encoder = SparseEncoder.from_pretrained(
        tiny_model, max_length=8, long="windows", stride=3, inference_free=inference_free
    )
    Retriever.build([LONG, "the cat"], model=encoder, path=tmp_path / "idx")
    again = load_for_index(SparseIndex.open(tmp_path / "idx"))
    assert again.record() == encoder.record()
    assert again.record()["settings"] == {"max_length": 8, "top_k": None, "long": "windows", "stride": 3}
    assert (again.encode_documents([LONG]) != encoder.encode_documents([LONG])).nnz == 0
    assert abs(again.encode_queries([LONG]) - encoder.encode_queries([LONG])).max() < 1e-5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"long": "summary"}, "long is 'summary'"),
        ({"stride": 4}, "a stride of 4 is for windows"),
        ({"long": "windows", "stride": 6}, "windows of 8 tokens hold 6 of a text"),
    ],
)
def test_impossible_windows(tiny_model, options, message):
    with pytest.raises(InputError, match=message):
        SparseEncoder.from_pretrained(tiny_model, max_length=8, **options).encode_documents(["cat"])


@pytest.fixture
def long_corpus(tmp_path):
    file = tmp_path / "long.jsonl"
    rows = [{"id": "a", "text": LONG}, {"id": "b", "text": "the cat"}, {"id": "c", "text": LONG}]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


CUT = "2 of 3 documents are longer than 8 tokens and were cut; "


def test_commands_say_what_they_cut(tmp_path, tiny_model, long_corpus, lsr):
    given = ("--model", tiny_model, "--max-length", 8)
    for verb, place in (("index", tmp_path / "cut"), ("encode", tmp_path / "cut.parquet")):
        code, _, err = lsr(verb, long_corpus, "-o", place, *given)
        assert code == 0
        assert CUT + "--windows reads them whole" in err
    code, _, err = lsr("add", "-i", tmp_path / "cut", long_corpus)
    assert code == 0
    assert CUT + "an index that `lsr index --windows` makes reads them whole" in err


def test_commands_read_windows_and_so_does_add(tmp_path, tiny_model, long_corpus, lsr):
    given = ("--model", tiny_model, "--max-length", 8, "--windows", "--stride", 2)
    for arguments in (
        ("index", long_corpus, "-o", tmp_path / "whole", *given),
        ("encode", long_corpus, "-o", tmp_path / "whole.parquet", *given),
        ("add", "-i", tmp_path / "whole", long_corpus),
    ):
        code, _, err = lsr(*arguments)
        assert code == 0
        assert "cut" not in err
    settings = SparseIndex.open(tmp_path / "whole").manifest.encoder["settings"]
    assert settings == {"max_length": 8, "top_k": None, "long": "windows", "stride": 2}


def test_a_stride_needs_windows(tmp_path, tiny_model, long_corpus, lsr):
    code, _, err = lsr("index", long_corpus, "-o", tmp_path / "x", "--model", tiny_model, "--stride", 2)
    assert code == 2
    assert "add --windows" in err
