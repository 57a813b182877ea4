"""Round trips: an index, a file, an index again."""

import json

import numpy as np
import pytest

from lsr_index import Document, IndexExistsError, InputError, SparseIndex, Vocabulary
from lsr_index.contents import parts
from lsr_index.exchange import parquet
from lsr_index.exchange.ciff import reader
from lsr_index.exchange.sources import open_vectors
from lsr_index.export import SUFFIXES, export
from lsr_index.vectors import concatenate
from tests.index.conftest import random_impacts, random_vectors

TERMS = [f"t{n:02d}" for n in range(40)]
EVERY = list(SUFFIXES)


def build(path, rows, order=False, vocabulary=None):
    documents = [Document(f"d{n}", f"text {n}", "title" if n % 2 else "") for n in range(rows.shape[0])]
    with SparseIndex.create(path, vocabulary or Vocabulary(TERMS), order=order) as writer:
        writer.encoder = {"kind": "splade", "model": "m", "revision": "r", "settings": {}}
        writer.add([document.id for document in documents], rows, documents)
        return writer.commit()


def from_file(path, output):
    source = open_vectors(path, Vocabulary(TERMS))
    with SparseIndex.create(output, source.vocabulary) as writer:
        for ids, rows, documents in source.batches():
            writer.add(ids, rows, documents)
        return writer.commit()


def impacts(index):
    return concatenate([part.impacts for part in parts(index)], len(index.vocabulary))


@pytest.mark.parametrize("suffix", EVERY)
@pytest.mark.parametrize("order", [True, False])
def test_whole_weights_come_back_as_they_were(tmp_path, suffix, order):
    rows = random_impacts(1, 400, 40)
    rows.data[rows.indptr[9] : rows.indptr[10]] = 0  # a document without postings
    rows.eliminate_zeros()
    index = build(tmp_path / "a", rows, order)
    done = export(index, tmp_path / f"x{suffix}")
    assert (done.documents, done.postings, done.exact) == (400, rows.nnz, True)
    again = from_file(tmp_path / f"x{suffix}", tmp_path / "b")
    assert [name for part in parts(again) for name in part.ids] == [f"d{n}" for n in range(400)]
    assert (impacts(again) != rows).nnz == 0
    queries = random_vectors(2, 5, 40)
    for one, other in zip(index.search(queries, k=400), again.search(queries, k=400), strict=True):
        assert np.array_equal(one.scores, other.scores)
        assert one.ids == other.ids


@pytest.mark.parametrize("suffix", [".ciff", ".jsonl"])
def test_other_weights_are_rounded_to_one_scale(tmp_path, suffix):
    rows = random_vectors(1, 400, 40) * np.linspace(0.1, 1, 40)
    index = build(tmp_path / "a", rows.tocsr().astype(np.float32))
    done = export(index, tmp_path / f"x{suffix}")
    assert (done.exact, done.scale) == (False, pytest.approx(rows.max() / 255))
    source = open_vectors(tmp_path / f"x{suffix}", Vocabulary(TERMS))
    found = concatenate([part for _, part, _ in source.batches()], 40)
    assert found.nnz == rows.nnz
    assert found.max() == 255
    assert abs(found * done.scale - rows).max() <= done.scale  # half a step here, half a finer one in the index


def test_parquet_keeps_weights_vocabulary_and_model(tmp_path):
    index = build(tmp_path / "a", random_vectors(1, 300, 40))
    assert export(index, tmp_path / "x.parquet").exact
    found = parquet.read(tmp_path / "x.parquet")
    assert (found.vectors != concatenate([part.weights for part in parts(index)], 40)).nnz == 0
    assert found.vocabulary == index.vocabulary
    assert parquet.encoder_record(tmp_path / "x.parquet") == index.manifest.encoder
    assert (impacts(from_file(tmp_path / "x.parquet", tmp_path / "b")) != impacts(index)).nnz == 0


def test_json_has_the_texts_and_ciff_tells_the_scale(tmp_path):
    index = build(tmp_path / "a", random_impacts(1, 20, 40))
    export(index, tmp_path / "x", "jsonl")
    first, second = [json.loads(line) for line in (tmp_path / "x").read_text().splitlines()][:2]
    assert (first["id"], first["contents"], second["contents"]) == ("d0", "text 0", "title text 1")
    assert all(isinstance(weight, int) for weight in first["vector"].values())
    export(index, tmp_path / "x", "ciff", overwrite=True)
    assert reader.read_header(tmp_path / "x").description == "written by lsr; impacts of 8 bits, 1 weighs 1"


def test_an_index_without_postings(tmp_path):
    index = build(tmp_path / "a", random_impacts(1, 3, 40, density=0))
    for suffix in EVERY:
        assert export(index, tmp_path / f"x{suffix}").postings == 0
        assert open_vectors(tmp_path / f"x{suffix}").count == 3


def test_where_it_cannot_be_written(tmp_path):
    index = build(tmp_path / "a", random_impacts(1, 3, 40))
    (tmp_path / "x.ciff").write_text("here")
    for path, error, message in (
        (tmp_path / "x.ciff", IndexExistsError, "exists"),
        (tmp_path / "x.txt", InputError, "the name says no format; end it in .ciff"),
        (tmp_path / "no" / "x.ciff", InputError, "no folder"),
        (tmp_path / "no" / "x.parquet", InputError, "no folder"),
    ):
        with pytest.raises(error, match=message):
            export(index, path)
    with pytest.raises(InputError, match="is a folder"):
        export(index, tmp_path, "ciff")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "x.ciff"]
