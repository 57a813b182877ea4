import numpy as np
import pytest
from scipy.sparse import csr_array, vstack

from lsr_eval.engine_bench import inputs
from lsr_index.errors import InputError
from lsr_index.exchange.ciff.writer import writing
from lsr_index.exchange.parquet import VectorWriter
from lsr_index.vocabulary import Vocabulary

ROWS = csr_array(np.array([[0, 1.5, 0], [2, 0, 0], [0, 1, 0]], dtype=np.float32))


def write_npz(path, values=None, **changes):
    arrays = {"indptr": [0, 2, 3], "indices": np.array([1, 4, 0], dtype=np.uint16)}
    np.savez(path, values=np.array([255, 51, 1], dtype=np.uint8) if values is None else values, **arrays | changes)
    return path


def write_parquet(path, terms="abc"):
    with VectorWriter(path, Vocabulary(terms)) as writer:
        writer.add(["1", "2", "3"], ROWS)
    return path


def test_npz(tmp_path):
    documents = write_npz(tmp_path / "d.npz")
    queries = write_npz(tmp_path / "q.npz", np.array([1, 2, 0.5], dtype=np.float32), indices=[7, 8, 2])
    data = inputs.from_files(documents, queries, None, 1)
    assert (data.documents.shape, data.queries.shape) == ((2, 9), (1, 9))
    assert data.documents[[0]].data == pytest.approx([3.5, 0.7])
    assert "d.npz: 2 documents, 1 queries" in data.name
    assert inputs.from_files(documents, queries, 1, 9).documents.shape == (1, 9)


def test_parquet(tmp_path):
    path = write_parquet(tmp_path / "d.parquet")
    data = inputs.from_files(path, path, 2, 300)
    assert (data.documents != ROWS[:2]).nnz == (data.queries != ROWS).nnz == 0


def test_ciff_and_token_queries(tmp_path):
    rows = csr_array(np.array([[0, 15, 0], [20, 0, 1]], dtype=np.float32))
    with writing(tmp_path / "d.ciff", Vocabulary("abc")) as file:
        file.add(["1", "2"], rows)
    (tmp_path / "q.pisa").write_text("q1:a a c\nq2:unknown\n")
    data = inputs.from_files(tmp_path / "d.ciff", tmp_path / "q.pisa", None, 300)
    assert data.documents.toarray().tolist() == rows.toarray().tolist()
    assert data.queries.toarray().tolist() == [[2, 0, 1], [0, 0, 0]]
    (tmp_path / "q.tsv").write_text("q1\tx\n")
    for documents, message in ((tmp_path / "d.ciff", "no term of"), (write_npz(tmp_path / "d.npz"), "names terms")):
        with pytest.raises(InputError, match=message):
            inputs.from_files(documents, tmp_path / "q.tsv", None, 300)


def test_files_that_cannot_be_used(tmp_path):
    good = write_parquet(tmp_path / "good.parquet")
    (tmp_path / "no.npz").write_text("no")
    np.savez(tmp_path / "lacks.npz", indptr=[0])
    for path, message in (
        (tmp_path / "absent.npz", "does not exist"),
        (tmp_path / "x.csv", "neither"),
        (tmp_path / "no.npz", "is not an .npz file"),
        (tmp_path / "lacks.npz", "lacks an array"),
        (write_npz(tmp_path / "w.npz", np.array([1, -2, 3], dtype=np.float32)), "weights must be > 0"),
        (write_npz(tmp_path / "p.npz", indptr=[0, 9, 3]), "do not fit"),
        (write_npz(tmp_path / "n.npz", indices=[1, -4, 0]), "index -4"),
        (write_parquet(tmp_path / "other.parquet", "xyz"), "another vocabulary"),
    ):
        with pytest.raises(InputError, match=message):
            inputs.from_files(good, path, None, 10)


def test_what_other_processes_read_is_what_was_saved(tmp_path):
    inputs.save(tmp_path / "rows", ROWS)
    assert (inputs.load(tmp_path / "rows") != ROWS).nnz == 0


def test_an_order_permutes_the_documents():
    data = inputs.synthetic(600, 2, "inference-free", 1)
    before = data.documents
    assert inputs.reorder(data, "none") == 0
    assert data.documents is before
    assert inputs.reorder(data, "bp") > 0
    sums = data.documents.sum(axis=1)
    assert not np.array_equal(sums, before.sum(axis=1))
    assert np.array_equal(np.sort(sums), np.sort(before.sum(axis=1)))


def test_what_was_saved_is_read_whole_or_in_batches(tmp_path):
    rows = inputs.synthetic(50, 1, "splade", 1).documents
    inputs.save(tmp_path / "rows", rows)
    batches = list(inputs.stream(tmp_path / "rows", 20))
    assert [batch.shape for batch in batches] == [(n, rows.shape[1]) for n in (20, 20, 10)]
    for again in (vstack(batches), inputs.load(tmp_path / "rows")):
        assert (again != rows).nnz == 0
