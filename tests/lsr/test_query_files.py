"""The same queries in every form are the same vectors."""

import json

import pytest

from lsr import Retriever, query_files
from lsr_index import InputError
from tests.index.conftest import build, random_vectors

TEXTS = ["the cat", "capital of France"]


@pytest.fixture
def retriever(index):
    return Retriever.open(index)


def written(lsr, folder, index, name):
    """The texts in a file of some form."""
    path = folder / name
    if path.suffix == ".txt":
        path.write_text("".join(text + "\n" for text in TEXTS))
    elif name == "texts.tsv":
        path.write_text("".join(f"q{n}\t{text}\n" for n, text in enumerate(TEXTS)))
    elif name == "texts.jsonl":
        path.write_text("".join(json.dumps({"_id": f"q{n}", "text": text}) + "\n" for n, text in enumerate(TEXTS)))
    else:
        assert lsr("encode", written(lsr, folder, index, "texts.tsv"), "--queries", "-i", index, "-o", path)[0] == 0
    return path


@pytest.mark.parametrize("name", ["texts.txt", "texts.tsv", "texts.jsonl", "vectors.parquet"])
def test_texts_and_vectors(lsr, tmp_path, index, retriever, name):
    rows = query_files.read(written(lsr, tmp_path, index, name), retriever.index)
    assert (rows != retriever.encode(TEXTS)).nnz == 0


@pytest.mark.parametrize(("name", "tokens"), [("tokens.pisa", False), ("tokens.tsv", True), ("vectors.jsonl", False)])
def test_rounded_weights(lsr, tmp_path, index, retriever, name, tokens):
    rows = query_files.read(written(lsr, tmp_path, index, name), retriever.index, tokens=tokens)
    assert rows.shape == (2, len(retriever.index.vocabulary))
    assert rows.indices.tolist() == retriever.encode(TEXTS).indices.tolist()


def test_an_index_without_an_encoder_takes_lines_as_tokens(tmp_path):
    index = build(tmp_path / "idx", random_vectors(1, 5, 3))
    (tmp_path / "queries.tsv").write_text("a\tt0 t0 t2\nb\tt1\n")
    assert query_files.read(tmp_path / "queries.tsv", index).toarray().tolist() == [[2, 0, 1], [0, 1, 0]]


def test_unusable_files(tmp_path, retriever):
    with pytest.raises(InputError, match="does not exist"):
        query_files.read(tmp_path / "nowhere.tsv", retriever.index)
    (tmp_path / "x.pisa").write_text("q:zebra\n")
    with pytest.raises(InputError, match="they are texts, or of another model"):
        query_files.read(tmp_path / "x.pisa", retriever.index)
    (tmp_path / "x.jsonl").write_text("")
    with pytest.raises(InputError, match="has no queries"):
        query_files.read(tmp_path / "x.jsonl", retriever.index)
