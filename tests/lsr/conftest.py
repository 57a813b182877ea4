"""A small index that the command line built."""

import json

import pytest

CORPUS = [
    {"_id": "a", "title": "Paris", "text": "Paris is the capital of France."},
    {"_id": "b", "title": "", "text": "The cat sat on the mat."},
    {"_id": "c", "title": "Empty", "text": ""},
]


@pytest.fixture
def corpus(tmp_path):
    file = tmp_path / "corpus.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in CORPUS))
    return file


@pytest.fixture
def index(tmp_path, corpus, lsr):
    path = tmp_path / "idx"
    code, *_ = lsr("index", corpus, "-o", path, "--model", "bm25")
    assert code == 0
    return path


def failure(result):
    """The one line that a failed command says."""
    code, out, err = result
    assert code == 1
    assert out == ""
    assert err.startswith("lsr: error: ")
    assert err.count("\n") == 1
    return err
