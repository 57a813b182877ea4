"""`lsr add`, `lsr delete` and `lsr index merge`."""

import io
import json

import pytest

from lsr import Retriever, SparseIndex
from lsr_index import IndexWriter
from tests.lsr.conftest import failure


def found(path, query):
    return [hit.id for hit in Retriever.open(path).search(query)]


@pytest.fixture
def more(tmp_path):
    """A corpus with a new version of one document, and a new document."""
    file = tmp_path / "more.jsonl"
    rows = [{"_id": "b", "text": "The dog sat in Paris."}, {"_id": "d", "text": "A cat in the capital."}]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_documents_are_added_and_replaced(lsr, index, more):
    code, out, _ = lsr("add", "-i", index, more, "--json")
    report = json.loads(out)
    assert code == 0
    assert (report["added"], report["documents"], report["generation"]) == (2, 4, 2)
    assert found(index, "cat") == ["d"]
    assert found(index, "Paris") == ["a", "b"]


def test_vectors_are_added(lsr, index, more, tmp_path):
    vectors = tmp_path / "more.parquet"
    assert lsr("encode", more, "-o", vectors, "-i", index)[0] == 0
    code, out, _ = lsr("add", "-i", index, "--vectors", vectors)
    assert code == 0
    assert "added 2, documents 4, generation 2, pending 0" in out
    assert found(index, "cat") == ["d"]


def test_vectors_of_another_vocabulary_are_refused(lsr, index, more, tmp_path):
    vectors = tmp_path / "other.parquet"
    assert lsr("encode", more, "-o", vectors, "--model", "bm25")[0] == 0
    assert "another vocabulary" in failure(lsr("add", "-i", index, "--vectors", vectors))


@pytest.mark.parametrize("arguments", [[], ["corpus", "--vectors", "x"], ["--vectors", "x", "--model", "bm25"]])
def test_what_to_add_is_asked_for(lsr, index, arguments):
    assert lsr("add", "-i", index, *arguments)[0] == 2


def test_documents_are_deleted(lsr, index, monkeypatch):
    code, out, err = lsr("delete", "-i", index, "a", "nothing")
    assert code == 0
    assert "deleted 1, unknown 1, documents 2" in out
    assert "1 of the ids are not in the index" in err
    assert found(index, "Paris") == []
    monkeypatch.setattr("sys.stdin", io.StringIO("b\nc\n"))
    assert json.loads(lsr("delete", "-i", index, "--json")[1])["deleted"] == 2
    assert len(SparseIndex.open(index)) == 0
    assert lsr("inspect", index, "--verify")[0] == 0  # an empty index is one too
    assert lsr("search", "-i", index, "cat")[0] == 0


def test_segments_are_merged(lsr, index, more):
    lsr("add", "-i", index, more)
    code, out, _ = lsr("index", "merge", index, "--json")
    assert (code, json.loads(out)["segments"]) == (0, 2)
    code, out, _ = lsr("index", "merge", index, "--all")
    assert code == 0
    assert "segments before 2, segments 1, documents 4, generation 3" in out


def test_changes_of_an_interrupted_run_are_kept_or_given_up(lsr, index):
    with IndexWriter(index) as writer:
        writer.delete(["a"])
    _, out, err = lsr("index", "merge", index, "--json")
    assert json.loads(out)["pending"] == 1
    assert "1 changes of an interrupted run are pending" in err
    lsr("index", "merge", index, "--discard-pending")
    assert json.loads(lsr("delete", "-i", index, "b", "--json")[1])["documents"] == 2
    assert found(index, "Paris") == ["a"]


def test_an_index_that_is_being_written_to(lsr, index):
    with IndexWriter(index):
        assert "is being written to by process" in failure(lsr("delete", "-i", index, "a"))


def test_a_damaged_log_names_the_remedy(lsr, index):
    (index / "log-1").write_bytes(b"no log")
    error = failure(lsr("delete", "-i", index, "a"))
    assert "lsr index merge" in error
    assert "--discard-pending" in error
    assert lsr("index", "merge", index, "--discard-pending")[0] == 0
    assert lsr("delete", "-i", index, "a")[0] == 0
