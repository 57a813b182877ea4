import dataclasses

import pytest

from lsr import Retriever
from lsr_eval import datasets, measures, query_vectors
from lsr_eval.effectiveness import Settings, evaluate_retriever, evaluate_run
from lsr_index.errors import InputError, VocabularyMismatchError
from tests.eval.conftest import write_beir

USUAL = measures.parse("nDCG@10 RR@10 R@100")


@pytest.fixture
def data(beir):
    return datasets.load(str(beir))


@pytest.fixture
def retriever(data):
    return Retriever.build(data.corpus, model="bm25")


def test_a_retriever_is_measured(data, retriever):
    report, run = evaluate_retriever(data, retriever, Settings(USUAL))
    assert set(run["q1"]) == {"d1", "d6"}
    assert run["q3"] == {}
    assert report.measures["RR@10"] == pytest.approx(2 / 3)  # q1 and q2 first, q3 nothing
    assert report.measures["R@100"] == pytest.approx(2 / 3)
    assert (report.model, report.kind, report.k, report.mode) == ("bm25", "bm25", 1000, "safe")
    assert (report.documents, report.queries, report.missing_texts, report.missing_results) == (6, 3, 0, 1)
    assert report.latency is not None
    assert report.latency.count == 3
    assert report.index_bytes == retriever.index.bytes
    assert "per_query" not in report.to_dict()


def test_both_modes_give_the_same_run(data, retriever):
    exhaustive = evaluate_retriever(data, retriever, Settings(USUAL, mode="exhaustive"))[1]
    assert evaluate_retriever(data, retriever, Settings(USUAL))[1] == exhaustive


@pytest.mark.parametrize(("k", "names", "depth"), [(None, "R@10", 1000), (None, "R@2000", 2000), (5, "R@10", 5)])
def test_the_depth_covers_the_measures(k, names, depth):
    assert Settings(measures.parse(names), k).depth == depth


def test_queries_without_text_count_zero(tmp_path):
    judged = "q1\td1\t1\nq9\td2\t1\n"
    data = datasets.load(str(write_beir(tmp_path / "x", {"q1": "yeast dough bread"}, {"test.tsv": judged})))
    report, _ = evaluate_retriever(data, Retriever.build(data.corpus, model="bm25"), Settings(USUAL))
    assert (report.missing_texts, report.missing_results, report.measures["R@100"]) == (1, 1, 0.5)


def test_own_ids_are_dropped_and_k_remain(tmp_path):
    # Every query is a document, as in ArguAna; the counterpart of a shares a word with it.
    documents = {"a": ("", "red apple"), "b": ("", "green apple"), "c": ("", "blue apple")}
    folder = write_beir(tmp_path / "arguana", {"a": "red apple"}, {"test.tsv": "a\tb\t1\n"}, documents)
    data = datasets.load(str(folder))
    retriever = Retriever.build(data.corpus, model="bm25")
    with_self, run = evaluate_retriever(data, retriever, Settings(USUAL, k=2, exclude_self=False))
    assert list(run["a"]) == ["a", "b"]
    assert with_self.measures["RR@10"] == 0.5
    report, run = evaluate_retriever(data, retriever, Settings(USUAL, k=2))
    assert list(run["a"]) == ["b", "c"]
    assert (report.exclude_self, report.measures["RR@10"]) == (True, 1)
    finished = {"a": {"a": 3.0, "b": 2.0}}
    assert evaluate_run(data, finished, Settings(USUAL), "x")[0].measures["RR@10"] == 1
    assert evaluate_run(data, finished, Settings(USUAL, exclude_self=False), "x")[0].measures["RR@10"] == 0.5


def test_a_finished_run_of_other_queries_is_refused(data):
    with pytest.raises(InputError, match="my run: none of its 1 queries is judged: its first is 'PLAIN-1'"):
        evaluate_run(data, {"PLAIN-1": {"d1": 1.0}}, Settings(USUAL), "my run")
    assert evaluate_run(data, {}, Settings(USUAL), "nothing")[0].measures["RR@10"] == 0


def test_the_table_shows_every_figure_and_takes_names_literally(data, retriever):
    report, _ = evaluate_retriever(data, retriever, Settings(USUAL))
    text = dataclasses.replace(report, model="[red]x[/]", measures={"nDCG@10": 0.5}).table()
    for part in ("[red]x[/]", "nDCG@10    0.5000", "(1 without results)", "p99"):
        assert part in text


@pytest.mark.parametrize("separator", ["\t", ":"])
def test_token_queries_are_searched_without_the_encoder(tmp_path, data, retriever, separator):
    terms = {query: retriever.encoder.decode(retriever.encode([text])) for query, text in data.queries.items()}
    lines = [f"{query}{separator}{' '.join(term for term, _ in found)}" for query, found in terms.items()]
    path = tmp_path / "queries.tsv"
    path.write_text("\n".join([*lines, "other\tunknown"]) + "\n")
    vectors = query_vectors.read(path, data, retriever.index)
    assert vectors.ids == ["q1", "q2", "q3"]
    report, run = evaluate_retriever(data, Retriever(retriever.index), Settings(USUAL), vectors=vectors)
    assert (report.kind, report.model, report.queries_encoded_per_second) == ("vectors", str(path), None)
    assert set(run["q1"]) == {"d1", "d6"}


def test_parquet_vectors_are_matched_by_id(tmp_path, data, retriever):
    from lsr_index import Vocabulary
    from lsr_index.exchange import parquet

    ids = list(reversed(data.queries))
    rows = retriever.encode([data.queries[query] for query in ids])
    path = tmp_path / "queries.parquet"
    with parquet.VectorWriter(path, retriever.index.vocabulary) as writer:
        writer.add(ids, rows)
    vectors = query_vectors.read(path, data, retriever.index)
    expected = evaluate_retriever(data, retriever, Settings(USUAL))[1]
    assert evaluate_retriever(data, retriever, Settings(USUAL), vectors=vectors)[1] == expected
    with parquet.VectorWriter(tmp_path / "other.parquet", Vocabulary(f"t{n}" for n in range(rows.shape[1]))) as writer:
        writer.add(ids, rows)
    with pytest.raises(VocabularyMismatchError, match=r"other\.parquet has another vocabulary"):
        query_vectors.read(tmp_path / "other.parquet", data, retriever.index)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("q1\tyeast\n", "no vector for 2 of the 3 queries .* the first is 'q2'"),
        ("q1\tx##1\nq2\tx##2\nq3\tx##3\n", "no term of .* is in the vocabulary"),
    ],
)
def test_query_vectors_that_do_not_fit(tmp_path, data, retriever, text, message):
    path = tmp_path / "queries.tsv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        query_vectors.read(path, data, retriever.index)
