"""Every kind of source gives the examples that its files hold, and one clear line where they are broken."""

# pyright: reportArgumentType=false
import gzip
import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lsr.corpus import loading
from lsr.training.data import pairs
from lsr.training.data.batches import BatchPlan
from lsr.training.data.examples import Example
from lsr.training.data.settings import (
    BeirSettings,
    IrDatasetsSettings,
    PairsSettings,
    TuplesSettings,
    named,
    open_sources,
)
from lsr.training.data.table import ExampleTable
from lsr_index import InputError


def pair(query, document, source="a", text=None, ask=None, **more):
    texts = {"query": ask or f"what is {query}", "text": text or f"it is {document}"}
    return {"source": source, "query_id": query, "doc_id": document, "title": "", **texts, **more}


def write(path, records):
    lines = "".join(json.dumps(record) + "\n" for record in records).encode()
    path.write_bytes(gzip.compress(lines) if path.suffix == ".gz" else lines)
    return path


def test_pairs_become_a_source_each(tmp_path):
    records = [pair("1", "x"), pair("1", "y", title="T"), pair("2", "z", text="it is x"), pair("1", "x", source="b")]
    a, b = pairs.load(write(tmp_path / "p.jsonl.gz", [*records, records[0]]))
    assert (a.name, a.weight, b.name, b.weight) == ("a", 3, "b", 1)
    assert list(a.examples) == [Example("1", "x"), Example("1", "y"), Example("2", "x")]  # z is x under another name
    assert a.relevant == {"1": {"x", "y"}, "2": {"x"}}
    assert a.documents == {"x": "it is x", "y": "T it is y"}
    assert a.queries["2"] == "what is 2"


def test_some_sources_of_a_file_with_weights(tmp_path):
    path = write(tmp_path / "p.jsonl", [pair("1", "x", source=name) for name in "abc"])
    assert [(s.name, s.weight) for s in pairs.load(path, {"c": 2, "a": 1})] == [("a", 1), ("c", 2)]
    with pytest.raises(InputError, match="no pairs of the source 'd'; it has: a, b, c"):
        pairs.load(path, {"d": 1})
    opened = open_sources([PairsSettings(path=path, weight=6)])
    assert [s.weight for s in opened] == [2, 2, 2]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"query_id": "1"}, "p.jsonl:2: doc_id is None, it must be a string"),
        (pair("1", "y", ask="other?"), "p.jsonl:2: the query '1' had another text before"),
        (pair("2", "x", text="other"), "p.jsonl:2: the document 'x' had another text before"),
        (pair("2", "x", title=3), "p.jsonl:2: title is 3"),
        (pair("2", "x", source=3), "p.jsonl:2: source is 3"),
        ([], "p.jsonl:2: expected a JSON object"),
    ],
)
def test_bad_pairs(tmp_path, record, message):
    with pytest.raises(InputError, match=message):
        pairs.load(write(tmp_path / "p.jsonl", [pair("1", "x"), record]))


@pytest.fixture
def beir(tmp_path):
    folder = tmp_path / "things"
    (folder / "qrels").mkdir(parents=True)
    write(folder / "corpus.jsonl", [{"_id": d, "title": "", "text": f"text {d} of several words"} for d in "abcd"])
    write(folder / "queries.jsonl", [{"_id": q, "text": f"question {q}"} for q in ("q1", "q2")])
    lines = ["query-id\tcorpus-id\tscore", "q1\ta\t2", "q1\tb\t1", "q1\tc\t0", "q2\td\t1"]
    (folder / "qrels" / "train.tsv").write_text("\n".join(lines) + "\n")
    return folder


def test_a_beir_folder_with_grades(beir):
    (one,) = open_sources([BeirSettings(path=beir)])
    assert one.name == "things"
    assert list(one.examples) == [Example("q1", "a", ("c",)), Example("q1", "b", ("c",)), Example("q2", "d")]
    (strict,) = open_sources([BeirSettings(path=beir, min_grade=2)])
    assert list(strict.examples) == [Example("q1", "a", ("c",))]
    assert strict.relevant["q1"] == {"a", "b"}  # a lesser positive is still no negative
    with pytest.raises(InputError, match="has no split 'dev'; it has: train"):
        open_sources([BeirSettings(path=beir, split="dev")])
    with pytest.raises(InputError, match="no judgement of grade 3"):
        open_sources([BeirSettings(path=beir, min_grade=3)])


def test_ids_without_a_text_are_counted(beir):
    with (beir / "qrels" / "train.tsv").open("a") as file:
        file.write("q2\tnowhere\t1\nq3\ta\t1\n")
    message = r"the source things names 2 ids that have no text, the first is document 'nowhere'; complete"
    with pytest.raises(InputError, match=message):
        open_sources([BeirSettings(path=beir)])


def test_tuples_of_ids(tmp_path, beir):
    (tmp_path / "t.tsv").write_text("q1\ta\tb\tc\nq2\td\n")
    write(tmp_path / "t.jsonl", [["q1", "a", "b", "c"], {"query_id": "q2", "positive": "d"}])
    for file in ("t.tsv", "t.jsonl"):
        settings = TuplesSettings(path=tmp_path / file, corpus=str(beir), queries=beir / "queries.jsonl")
        (one,) = open_sources([settings])
        assert list(one.examples) == [Example("q1", "a", ("b", "c")), Example("q2", "d")]


@pytest.mark.parametrize(("name", "line"), [("t.tsv", "q1"), ("t.tsv", "q1\t\ta"), ("t.jsonl", '{"query_id": "q1"}')])
def test_bad_tuples(tmp_path, beir, name, line):
    (tmp_path / name).write_text(line + "\n")
    with pytest.raises(InputError, match=f"{name}:1: expected"):
        open_sources([TuplesSettings(path=tmp_path / name, corpus=str(beir), queries=beir / "queries.jsonl")])


class Entry:
    """Stands for an entry of ir_datasets."""

    def __init__(self, docpairs):
        self._docpairs = docpairs
        self.looked_up = []

    def has_docs(self):
        return True

    has_queries = has_qrels = has_docs

    def has_docpairs(self):
        return bool(self._docpairs)

    def docs_store(self):
        return self

    def get_many(self, ids):
        self.looked_up += ids
        return {i: SimpleNamespace(doc_id=i, text=f"text {i}") for i in ids if i in "abc"}

    def docs_iter(self):
        return (SimpleNamespace(doc_id=i) for i in "abc")

    def queries_iter(self):
        yield SimpleNamespace(query_id="q", default_text=lambda: "why?")

    def qrels_iter(self):
        for document, grade in (("a", 1), ("c", 0)):
            yield SimpleNamespace(query_id="q", doc_id=document, relevance=grade)

    def docpairs_iter(self):
        return (SimpleNamespace(query_id="q", doc_id_a=a, doc_id_b=b) for a, b in self._docpairs)


@pytest.mark.parametrize("docpairs", [[("a", "b"), ("a", "c")], []])
def test_an_ir_datasets_entry_keeps_documents_in_its_store(monkeypatch, docpairs):
    entry = Entry(docpairs)
    monkeypatch.setattr(loading, "ir_dataset", lambda _: entry)
    (one,) = open_sources([IrDatasetsSettings(id="x/train")])
    assert one.name == "x-train"
    expected = [Example("q", "a", ("b",)), Example("q", "a", ("c",))] if docpairs else [Example("q", "a", ("c",))]
    assert list(one.examples) == expected
    assert list(one.documents) == ["a", "b", "c"]
    entry.looked_up.clear()
    batch = BatchPlan([one], 1, 1).batch(0)
    assert batch.documents[batch.positive[0]] == "text a"
    assert len(entry.looked_up) == 2  # what the batch needs, and nothing else


def test_an_entry_that_cannot_be_downloaded(monkeypatch):
    entry = Entry([("a", "b")])
    entry.docpairs_iter = lambda: (_ for _ in ()).throw(ConnectionError("no route\nto host"))
    monkeypatch.setattr(loading, "ir_dataset", lambda _: entry)
    with pytest.raises(InputError, match=r"could not provide x \(ConnectionError: no route to host\)"):
        open_sources([IrDatasetsSettings(id="x")])


def test_mined_negatives_join_a_source(tmp_path, beir):
    mined = write(
        tmp_path / "mined.jsonl",
        [{"query_id": "things/q1", "negatives": ["things/d", "things/c"]}, {"query_id": "other/q", "negatives": ["x"]}],
    )
    (one,) = open_sources([BeirSettings(path=beir, negatives=mined)])
    assert [e.negatives for e in one.examples] == [("d", "c"), ("d", "c"), ()]
    write(mined, [{"query_id": "q1", "negatives": ["e"]}])
    with pytest.raises(InputError, match=r"names 1 documents that the source things lacks, the first is 'e'"):
        open_sources([BeirSettings(path=beir, negatives=mined)])
    write(mined, [{"query_id": "zz", "negatives": []}])
    with pytest.raises(InputError, match="negatives for no query of the source things"):
        open_sources([BeirSettings(path=beir, negatives=mined)])


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"query_id": "q1"}, "mined.jsonl:2: expected query_id and a list"),
        ({"query_id": "q1", "negatives": [3]}, "must be ids"),
        ({"query_id": "q2", "negatives": []}, "mined.jsonl:2: the query 'q2' occurs twice"),
    ],
)
def test_bad_mined_negatives(tmp_path, beir, record, message):
    mined = write(tmp_path / "mined.jsonl", [{"query_id": "q2", "negatives": []}, record])
    with pytest.raises(InputError, match=message):
        open_sources([BeirSettings(path=beir, negatives=mined)])


def test_limits(tmp_path):
    records = [pair(str(n), f"d{n}", text="word " * n, ask="w " * (n % 3)) for n in range(1, 20)]
    path = write(tmp_path / "p.jsonl", records)
    (long,) = open_sources([PairsSettings(path=path, min_words=15, min_query_words=2)])
    assert [e.query_id for e in long.examples] == ["15", "17", "18"]  # 16 asks with one word, 19 too
    (few,) = open_sources([PairsSettings(path=path, max_queries=5)])
    (fewer,) = open_sources([PairsSettings(path=path, max_queries=3)])
    assert (len(few.examples), few.weight) == (5, 5)
    assert {e.query_id for e in fewer.examples} < {e.query_id for e in few.examples}
    assert list(few.examples) != list(open_sources([PairsSettings(path=path, max_queries=5)], seed=1)[0].examples)
    with pytest.raises(InputError, match="no example is left by max_queries None, min_words 99"):
        open_sources([PairsSettings(path=path, min_words=99)])


def test_weights_for_all_or_none(tmp_path, beir):
    path = write(tmp_path / "p.jsonl", [pair("1", "x")])
    with pytest.raises(InputError, match="some sources have a weight and others not"):
        open_sources([PairsSettings(path=path, weights={"a": 1}), BeirSettings(path=beir)])


def test_what_a_name_means(tmp_path, beir):
    assert named(str(beir), "dev") == BeirSettings(path=beir, split="dev")
    assert named(str(tmp_path / "p.jsonl")) == PairsSettings(path=tmp_path / "p.jsonl")
    assert named("beir/scifact/train") == IrDatasetsSettings(id="beir/scifact/train")
    with pytest.raises(ValidationError, match="Extra inputs"):
        PairsSettings.model_validate({"path": "x", "wieght": 1})


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=2, max_size=4)))
def test_a_table_gives_back_what_it_was_given(rows):
    table = ExampleTable(tuple(row) for row in rows)
    assert list(table) == [Example(row[0], row[1], tuple(row[2:])) for row in rows]
    assert table[-2:] == list(table)[-2:]
    with pytest.raises(IndexError):
        table[len(rows)]
