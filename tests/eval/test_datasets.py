import gzip
from types import SimpleNamespace

import pytest

from lsr_eval import datasets, ir_datasets_source
from lsr_index.errors import InputError
from tests.eval.conftest import QUERIES, TEST_QRELS, write_beir


def test_a_beir_folder(beir):
    data = datasets.load(str(beir))
    assert (data.name, data.split) == (str(beir), "test")
    assert data.queries == {query: QUERIES[query] for query in ("q1", "q2", "q3")}
    assert data.qrels == {"q1": {"d1": 2, "d6": 1}, "q2": {"d2": 1}, "q3": {"d5": 1}}
    assert [document.id for document in data.corpus] == ["d1", "d2", "d3", "d4", "d5", "d6"]
    assert data.missing_texts == 0


def test_a_split_in_trec_columns(beir):
    data = datasets.load(str(beir), "dev")
    assert (data.queries, data.qrels) == ({"q4": "glass sand"}, {"q4": {"d4": 1, "d1": 0}})


def test_gzipped_files(beir):
    for path in (beir / "corpus.jsonl", beir / "queries.jsonl", beir / "qrels" / "test.tsv"):
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    data = datasets.load(str(beir), "test")
    assert (len(data.queries), data.corpus.check()) == (3, 6)


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        (["train", "dev", "test"], "test"),
        (["train", "validation", "dev"], "dev"),
        (["train", "validation"], "validation"),
        (["train"], "train"),
        (["trec2019"], "trec2019"),
    ],
)
def test_the_default_split(there, chosen):
    assert datasets.choose_split("x", there, None) == chosen


def test_splits_that_are_not_there(beir):
    with pytest.raises(InputError, match="has no split 'train'; it has: dev, test"):
        datasets.load(str(beir), "train")
    with pytest.raises(InputError, match="several splits or none: a, b; choose one with --split"):
        datasets.choose_split("x", ["b", "a"], None)


def test_judged_queries_without_text_are_kept_and_counted(tmp_path):
    data = datasets.load(str(write_beir(tmp_path / "x", {"q1": "yeast", "q9": "?"}, {"test.tsv": TEST_QRELS})))
    assert (list(data.queries), list(data.qrels), data.missing_texts) == (["q1"], ["q1", "q2", "q3"], 2)


def test_queries_that_are_all_unjudged(tmp_path):
    folder = write_beir(tmp_path / "x", {"z": "yeast"}, {"test.tsv": TEST_QRELS})
    with pytest.raises(InputError, match="none of the 1 queries is judged in the split 'test'"):
        datasets.load(str(folder))


def test_folders_that_lack_something(tmp_path, beir):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="has no judgements; expected"):
        datasets.load(str(tmp_path / "empty"))
    (beir / "corpus.jsonl").unlink()
    data = datasets.load(str(beir))  # enough to judge a run
    with pytest.raises(InputError, match=r"without corpus\.jsonl"):
        data.corpus.check()
    with pytest.raises(InputError, match="is a file; a dataset is a BEIR folder"):
        datasets.load(str(beir / "queries.jsonl"))
    (beir / "queries.jsonl").unlink()
    with pytest.raises(InputError, match="has no queries"):
        datasets.load(str(beir))


def test_an_unknown_name():
    with pytest.raises(InputError, match="unknown corpus or dataset 'no/such-thing'"):
        datasets.load("no/such-thing")


def test_arguana_is_told_by_the_folder_or_the_id(tmp_path, beir):
    assert not datasets.load(str(beir)).excludes_self
    assert datasets.load(str(beir.rename(tmp_path / "ArguAna-v1"))).excludes_self
    data = datasets.load(str(write_beir(tmp_path / "arguana" / "scifact", QUERIES, {"test.tsv": TEST_QRELS})))
    assert not data.excludes_self
    assert datasets.Dataset("beir/arguana", "test", data.corpus, data.queries, data.qrels).excludes_self


def test_the_built_in_questions_are_answered_by_this_interpreters_library(stdlib_dataset):
    known = {document.id for document in stdlib_dataset.corpus}
    assert {answer for answers in stdlib_dataset.qrels.values() for answer in answers} <= known
    assert stdlib_dataset.queries.keys() == stdlib_dataset.qrels.keys()
    assert len(stdlib_dataset.queries) + stdlib_dataset.dropped_queries == 188
    assert len(stdlib_dataset.queries) > 150
    assert sum(map(len, stdlib_dataset.qrels.values())) + stdlib_dataset.dropped_answers == 429


def test_answers_that_the_library_lacks_are_dropped(monkeypatch):
    from lsr.corpus import loading
    from lsr_eval import python_stdlib
    from lsr_index.documents import Document

    few = loading.Corpus("python-stdlib", lambda: [Document("str.join", "…"), Document("str.split", "…")])
    monkeypatch.setattr(python_stdlib.loading, "load", lambda _: few)
    data = datasets.load("python-stdlib")
    assert {answer for answers in data.qrels.values() for answer in answers} == {"str.join", "str.split"}
    assert len(data.qrels) + data.dropped_queries == 188
    assert data.dropped_answers > 400


def test_the_built_in_questions_have_one_split():
    with pytest.raises(InputError, match="python-stdlib has no split 'train'; it has: test"):
        datasets.load("python-stdlib", "train")


class Entry:
    """Stands in for an ir_datasets entry."""

    def __init__(self, judged=True, fails=False):
        self._judged, self._fails = judged, fails

    def has_docs(self):
        return True

    def has_queries(self):
        return True

    def has_qrels(self):
        return self._judged

    def docs_iter(self):
        if self._fails:
            raise ConnectionError("Max retries\nexceeded")
        yield SimpleNamespace(doc_id="d1", text="one", title="t")

    def queries_iter(self):
        yield SimpleNamespace(query_id="q1", default_text=lambda: "one?")
        yield SimpleNamespace(query_id="q2", default_text=lambda: "two?")

    def qrels_iter(self):
        if self._fails:
            raise ConnectionError("Max retries\nexceeded")
        yield SimpleNamespace(query_id="q1", doc_id="d1", relevance=1)


@pytest.fixture
def catalogue(monkeypatch):
    entries = {"x": Entry(judged=False), "x/test": Entry(), "x/train": Entry(), "y/test": Entry(fails=True)}

    def find(name):
        if name not in entries:
            raise InputError(f"unknown {name}")
        return entries[name]

    monkeypatch.setattr(ir_datasets_source, "ir_dataset", find)
    monkeypatch.setattr(ir_datasets_source.loading, "ir_dataset", find)


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("name", "split", "found"),
    [("x/test", None, "test"), ("x", None, "test"), ("x", "train", "train"), ("x/train", "train", "train")],
)
def test_an_ir_datasets_id(name, split, found):
    data = datasets.load(name, split)
    assert (data.split, data.queries, data.qrels) == (found, {"q1": "one?"}, {"q1": {"d1": 1}})
    assert [(document.id, document.text) for document in data.corpus] == [("d1", "one")]


@pytest.mark.usefixtures("catalogue")
def test_an_ir_datasets_id_that_cannot_be_used():
    with pytest.raises(InputError, match=r"could not provide y/test \(ConnectionError: Max retries exceeded\)"):
        datasets.load("y/test")
    with pytest.raises(InputError, match="'x' has no split 'dev'"):
        datasets.load("x", "dev")


def test_the_order_of_queries_is_the_files(tmp_path):
    queries = {"b": "1", "a": "2"}
    data = datasets.load(str(write_beir(tmp_path / "x", queries, {"test.tsv": "a\td1\t1\nb\td1\t1\n"})))
    assert list(data.queries) == ["b", "a"]
