"""Suites measured: right figures, nothing done twice, and reasons for every win and loss."""

# pyright: reportOptionalMemberAccess=false, reportOptionalOperand=false, reportOperatorIssue=false
import ir_measures
import pytest

from lsr_eval import datasets
from lsr_eval.suite import outcome, workshop
from lsr_eval.suite.cells import Cell
from lsr_eval.suite.settings import SystemEntry
from lsr_eval.suite.tasks import Task
from lsr_eval.suite.why import Explainer
from lsr_index.errors import InputError, LsrError


@pytest.fixture
def encoded(monkeypatch):
    """Count documents that networks encode."""
    from lsr.encoders.splade import SpladeEncoder

    counts = []
    original = SpladeEncoder.encode_documents
    monkeypatch.setattr(
        SpladeEncoder,
        "encode_documents",
        lambda self, texts, **keywords: (counts.append(len(texts)), original(self, texts, **keywords))[1],
    )
    return counts


def test_figures_are_those_of_ir_measures_on_the_kept_runs(suite, beir, tmp_path):
    measured = outcome.measure(suite(), tmp_path / "work")
    row = measured.rows[0]
    assert list(row.cells) == ["bm25", "network", "theirs", "both"]
    qrels = datasets.load(str(beir)).qrels
    for name, cell in row.cells.items():
        run = ir_measures.read_trec_run(str(tmp_path / "work" / "cells" / row.keys[name] / "run.trec"))
        measures = [ir_measures.parse_measure(one) for one in cell.measures]
        expected = ir_measures.calc_aggregate(measures, qrels, run)
        assert cell.measures == pytest.approx({str(one): value for one, value in expected.items()}, rel=1e-12)


def test_costs_belong_to_what_was_searched(suite, tmp_path):
    cells = outcome.measure(suite(), tmp_path / "work").rows[0].cells
    network = cells["network"]
    assert network.documents == 6
    assert network.document_nnz > 0
    # Σ_j p_q(j) p_d(j) with all documents and queries alike dense is the number of shared terms.
    assert 0 < network.flops <= network.query_nnz
    assert network.index_bytes > 0
    assert network.client_ms["p50"] > 0
    assert cells["theirs"].index_bytes is None
    assert cells["both"].index is None


def test_a_second_measurement_does_nothing_again(suite, tmp_path, encoded, monkeypatch):
    first = outcome.measure(suite(), tmp_path / "work")
    assert encoded == [6]
    monkeypatch.setattr(workshop, "ask", None)
    again = outcome.measure(suite(), tmp_path / "work")
    assert encoded == [6]
    assert again.rows[0].cells == first.rows[0].cells


def test_what_was_measured_before_a_failure_stays(suite, tmp_path, encoded):
    broken = suite(
        systems=[*suite().model_dump(exclude_unset=True)["systems"], {"name": "gone", "run": "no-such.trec"}]
    )
    with pytest.raises(LsrError, match=r"nothing at no-such\.trec"):
        outcome.measure(broken, tmp_path / "work")
    outcome.measure(suite(), tmp_path / "work")
    assert encoded == [6]


def test_another_setting_is_another_cell_and_the_same_vectors_serve_other_queries(suite, beir, tmp_path, encoded):
    outcome.measure(suite(), tmp_path / "work")
    other = suite(datasets=[{"name": str(beir), "label": "bread", "split": "dev"}], measures="RR@10")
    other = other.model_copy(update={"systems": other.systems[:2]})
    cells = outcome.measure(other, tmp_path / "work").rows[0].cells
    assert encoded == [6]
    assert cells["network"].queries == 1
    pruned = suite(systems=["bm25", {"name": "network", "model": other.systems[1].model, "top_k": 2}])
    assert outcome.measure(pruned, tmp_path / "work").rows[0].cells["network"].document_nnz <= 2
    assert encoded == [6, 6]


def test_a_tuned_fusion_says_its_weight_and_where_it_is_from(suite, tmp_path, tiny_model):
    fused = suite(
        systems=[
            "bm25",
            {"name": "network", "model": str(tiny_model)},
            {"name": "both", "fuse": ["bm25", "network"], "method": "minmax", "tune_split": "dev"},
        ]
    )
    cell = outcome.measure(fused, tmp_path / "work").rows[0].cells["both"]
    assert "tuned on dev" in cell.notes[0]
    assert cell.measures["nDCG@10"] > 0


def test_losses_name_the_right_document_and_the_one_before_it(suite, tmp_path):
    row = outcome.measure(suite(), tmp_path / "work").rows[0]
    hurt, helped = row.cases["theirs"]
    assert not helped
    case = hurt[0]
    assert case.query_id == "q1"
    assert case.difference < 0
    assert (case.right.id, case.right.rank, case.right.grade) == ("d6", 2, 1)
    assert (case.wrong.id, case.wrong.rank) == ("d2", 1)


def test_contributions_sum_to_the_score(suite, tmp_path):
    cells = suite(systems=["bm25", {"name": "again", "model": "bm25", "mode": "exhaustive"}], baseline="again")
    measured = outcome.measure(cells, tmp_path / "work")
    assert measured.rows[0].cases["bm25"] == ([], [])
    task = Task(cells.datasets[0], cells.measures)
    others = {system.name: system for system in cells.systems}
    _, cell, run = workshop.Workshop(tmp_path / "work", cells.k).cell(task, cells.systems[0], others)
    silent = {query: {"nDCG@10": 0.0, "RR@10": 0.0} for query in cell.per_query}
    nothing = Cell("nothing", "run", {}, silent, 3, 3)
    _, helped = Explainer(task, cell, run, nothing, {}).cases("nDCG@10", 5)
    assert helped
    for case in helped:
        assert case.right.score == pytest.approx(run[case.query_id][case.right.id], rel=1e-5)
        assert case.right.baseline_rank is None
        products = [one.product for one in case.right.contributions]
        assert products == sorted(products, reverse=True)


def test_comparisons_are_with_the_baseline(suite, tmp_path):
    row = outcome.measure(suite(), tmp_path / "work").rows[0]
    assert row.comparisons.keys() == {"network", "theirs", "both"}
    compared = row.comparisons["theirs"]
    assert compared.difference == pytest.approx(
        row.value("theirs", "nDCG@10") - row.value("bm25", "nDCG@10"), abs=1e-12
    )


def test_a_run_of_another_dataset_is_refused_with_both_ids(suite, tmp_path):
    other = tmp_path / "other.trec"
    other.write_text("x9 Q0 d1 1 1.0 x\n")
    wrong = suite(systems=["bm25", {"name": "theirs", "run": str(other)}])
    with pytest.raises(InputError, match=r"'x9'.*'q1'"):
        outcome.measure(wrong, tmp_path / "work")


def test_the_datasets_label_stands_in_paths(suite, tmp_path):
    (tmp_path / "bread.trec").write_text("q1 Q0 d1 1 1.0 x\n")
    found = suite(
        systems=["bm25", SystemEntry(name="x", run=str(tmp_path / "{dataset}.trec")).model_dump(exclude_unset=True)]
    )
    assert outcome.measure(found, tmp_path / "work").rows[0].cells["x"].without_results == 2
