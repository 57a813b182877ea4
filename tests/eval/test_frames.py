"""Tables and figures beside what the reports say."""

import pytest

from lsr import Retriever
from lsr_eval import datasets, frames, runs
from lsr_eval.effectiveness import Settings, evaluate_retriever
from lsr_eval.measures import parse
from lsr_index.errors import InputError

RUN = {"q1": {"d1": 2.0, "d3": 1.5}, "q2": {"d2": 0.5}}


@pytest.fixture
def data(beir):
    return datasets.load(str(beir))


@pytest.fixture
def retriever(data):
    return Retriever.build(data.corpus, model="bm25")


def test_all_forms_of_a_system_agree(data, retriever, tmp_path):
    report, run = evaluate_retriever(data, retriever, Settings(parse("RR@10 R@100")))
    runs.write(tmp_path / "run.trec", run)
    systems = {
        "model": "bm25",
        "live": retriever,
        "index": retriever.index.path,
        "file": tmp_path / "run.trec",
        "run": run,
    }
    table = frames.evaluate(data.name, systems, "RR@10 R@100")
    assert table.schema == frames.MEANS
    rows = table.to_pylist()
    assert [row["system"] for row in rows] == [name for name in systems for _ in range(2)]
    for row in rows:
        assert row["value"] == pytest.approx(report.measures[row["measure"]])
        assert (row["dataset"], row["split"], row["queries"], row["without_results"]) == (data.name, "test", 3, 1)
        assert (row["p50_ms"] is None) == (row["system"] in ("file", "run"))


def test_values_of_queries(data):
    table = frames.per_query(data, {"one": RUN, "two": {}}, "RR@10")
    assert table.schema == frames.PER_QUERY
    found = {(row["system"], row["qid"]): row["value"] for row in table.to_pylist()}
    assert found == {
        ("one", "q1"): 1, ("one", "q2"): 1, ("one", "q3"): 0, ("two", "q1"): 0, ("two", "q2"): 0, ("two", "q3"): 0,
    }  # fmt: skip


def test_a_run_is_a_table_with_ranks_from_zero():
    assert frames.run_table(RUN).to_pydict() == {
        "qid": ["q1", "q1", "q2"], "docno": ["d1", "d3", "d2"], "score": [2.0, 1.5, 0.5], "rank": [0, 1, 0],
    }  # fmt: skip
    assert frames.run_table({}).schema == frames.RUN


def test_a_figure_has_a_bar_a_system_and_dataset(data):
    table = frames.evaluate(data, {"one": RUN, "two": {}}, "RR@10 R@100")
    drawn = frames.figure(table, "R@100")
    (panel,) = drawn.axes
    heights = [bar.datavalues[0] for bar in panel.containers]  # pyright: ignore[reportAttributeAccessIssue]
    assert heights == [pytest.approx(0.5), 0]
    assert panel.get_ylabel() == "R@100"
    legend = panel.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["one", "two"]
    assert frames.figure(table).axes[0].get_ylabel() == "RR@10"
    with pytest.raises(InputError, match="no measure 'P@1'; it has RR@10, R@100"):
        frames.figure(table, "P@1")


def test_a_run_that_is_not_there_is_named(data, tmp_path):
    with pytest.raises(InputError, match=r"none\.trec does not exist"):
        frames.evaluate(data, [tmp_path / "none.trec"])
