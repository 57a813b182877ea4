import math
import random
from typing import Any

import ir_measures
import pytest

from lsr.corpus import qrels
from lsr_eval import measures, runs
from lsr_index.errors import InputError

QRELS = """\
q1 0 d1 2
q1 0 d2 1
q1 0 d3 0
q2 0 d4 1
q3 0 d5 1
"""
RUN = """\
q1 Q0 d3 1 3.0 x
q1 Q0 d1 2 2.0 x
q1 Q0 d2 3 1.0 x
q2 Q0 d9 1 2.0 x
q2 Q0 d4 2 1.0 x
q9 Q0 d1 1 9.0 x
"""
USUAL = "nDCG@10 RR@10 R@100 AP RR P@5 Success@1 nDCG Rprec R(rel=2)@10 RR(rel=2)@10 IPrec@0.1 Judged@10"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "qrels").write_text(QRELS)
    (tmp_path / "run").write_text(RUN)
    return tmp_path


def evaluate(files, names):
    return measures.evaluate(qrels.read(files / "qrels"), runs.read(files / "run"), measures.parse(names))


def test_values_worked_out_by_hand(files):
    values = evaluate(files, "nDCG@10 RR@10 R@100 AP")
    # q1: gains 0, 2, 1 against the ideal 2, 1; q2: the answer stands second; q3: nothing was found
    q1 = (2 / math.log2(3) + 1 / 2) / (2 + 1 / math.log2(3))
    q2 = 1 / math.log2(3)
    assert values.per_query["q1"] == pytest.approx({"nDCG@10": q1, "RR@10": 1 / 2, "R@100": 1, "AP": 7 / 12})
    assert values.per_query["q2"] == pytest.approx({"nDCG@10": q2, "RR@10": 1 / 2, "R@100": 1, "AP": 1 / 2})
    assert values.means == pytest.approx(
        {"nDCG@10": (q1 + q2) / 3, "RR@10": 1 / 3, "R@100": 2 / 3, "AP": (7 / 12 + 1 / 2) / 3}
    )
    assert list(values.means) == ["nDCG@10", "RR@10", "R@100", "AP"]


@pytest.mark.parametrize("name", USUAL.split())
def test_a_query_without_results_counts_as_zero(files, name):
    values = evaluate(files, name)
    assert list(values.per_query) == ["q1", "q2", "q3"]  # q9 was not judged
    assert values.per_query["q3"] == {name: 0}
    total = sum(query[name] for query in values.per_query.values())
    assert values.means[name] == pytest.approx(total / 3)


@pytest.mark.parametrize("name", USUAL.split())
@pytest.mark.parametrize("run", [{}, {"q1": {}}, {"q9": {"d1": 1.0}}])
def test_a_run_without_results_is_zero(files, name, run):
    judged = qrels.read(files / "qrels")
    assert measures.evaluate(judged, run, measures.parse(name)).means == {name: 0}


def test_the_numbers_are_those_of_ir_measures_on_the_written_run(tmp_path):
    dice = random.Random(7)
    judged = {f"q{q}": {f"d{d}": dice.randrange(3) for d in dice.sample(range(60), 12)} for q in range(20)}
    # a few distinct scores only, so that many tie; q18 and q19 find nothing
    run = {f"q{q}": {f"d{d}": dice.randrange(8) / 3 for d in dice.sample(range(60), 30)} for q in range(18)}
    runs.write(tmp_path / "run", run)
    lines = [f"{q} 0 {d} {grade}" for q, grades in judged.items() for d, grade in grades.items()]
    (tmp_path / "qrels").write_text("\n".join(lines) + "\n")
    chosen = measures.parse(USUAL)
    expected: Any = ir_measures.calc(
        chosen,
        list(ir_measures.read_trec_qrels(str(tmp_path / "qrels"))),
        list(ir_measures.read_trec_run(str(tmp_path / "run"))),
    )
    values = measures.evaluate(judged, run, chosen)
    assert {(metric.query_id, str(metric.measure)): metric.value for metric in expected.per_query} == {
        (query, name): value for query, found in values.per_query.items() for name, value in found.items()
    }
    # summed in another order: equal but for the last bit
    assert values.means == pytest.approx({str(m): v for m, v in expected.aggregated.items()}, rel=1e-14)


def test_ties_are_broken_by_document_id_not_by_the_order_of_the_run():
    chosen = measures.parse("nDCG@1 RR@1")
    for hits in ({"d1": 1.0, "d2": 1.0}, {"d2": 1.0, "d1": 1.0}):
        assert measures.evaluate({"q": {"d2": 1}}, {"q": hits}, chosen).means == {"nDCG@1": 1, "RR@1": 0}
        assert measures.evaluate({"q": {"d1": 1}}, {"q": hits}, chosen).means == {"nDCG@1": 0, "RR@1": 1}


def test_a_query_that_nothing_answers_counts_as_zero_whatever_is_found():
    judged = {"q1": {"d1": 1}, "q2": {"d1": 0, "d2": 0}}
    values = measures.evaluate(judged, {"q1": {"d1": 1.0}, "q2": {"d2": 2.0, "d9": 1.0}}, measures.parse(USUAL))
    for name in USUAL.split():
        if name != "Judged@10":
            assert values.per_query["q2"][name] == 0
            assert values.means[name] == values.per_query["q1"][name] / 2
    assert values.per_query["q2"]["Judged@10"] == 0.5


def test_grades_count_by_their_size_for_ndcg_and_from_a_level_for_binary_measures():
    judged = {"q": {"d1": 1, "d2": 2, "d3": -1}}
    found = measures.evaluate(
        judged,
        {"q": {"d1": 3.0, "d3": 2.0, "d2": 1.0}},
        measures.parse("nDCG@10 RR@10 RR(rel=2)@10 AP AP(rel=2) R@1 R(rel=2)@1 R(rel=2)@1000"),
    ).means
    # gains 1, 0, 2 against the ideal 2, 1: a grade below 0 is no loss
    assert found.pop("nDCG@10") == pytest.approx((1 + 2 / 2) / (2 + 1 / math.log2(3)))
    assert found == pytest.approx(
        {
            "RR@10": 1, "RR(rel=2)@10": 1 / 3, "AP": (1 + 2 / 3) / 2, "AP(rel=2)": 1 / 3,
            "R@1": 0.5, "R(rel=2)@1": 0, "R(rel=2)@1000": 1,
        }
    )  # fmt: skip


def test_binary_judgements_give_one_value_at_either_way_of_counting():
    dice = random.Random(3)
    judged = {"q": {f"d{n}": dice.randrange(2) for n in range(20)} | {"d20": 1}}
    run = {"q": {f"d{n}": dice.random() for n in range(25)}}
    doubled = {"q": {document: 2 * grade for document, grade in judged["q"].items()}}
    [once] = measures.evaluate(judged, run, measures.parse("nDCG@10")).means.values()
    assert measures.evaluate(doubled, run, measures.parse("nDCG@10")).means["nDCG@10"] == pytest.approx(once)


def test_documents_that_nobody_judged_are_no_answers():
    values = measures.evaluate({"q": {"d1": 1}}, {"q": {"x1": 2.0, "x2": 1.0}}, measures.parse("nDCG@10 R@100"))
    assert values.means == {"nDCG@10": 0, "R@100": 0}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("nDCG@10 RR@10 R@100", ["nDCG@10", "RR@10", "R@100"]),
        ("nDCG@10,RR@10, R@100 ", ["nDCG@10", "RR@10", "R@100"]),
        ("NDCG@10 nDCG@10 MAP", ["nDCG@10", "AP"]),
        ("P@5, R(rel=2, judged_only=True)@10 AP", ["P@5", "R(rel=2,judged_only=True)@10", "AP"]),
    ],
)
def test_names(text, names):
    assert [str(measure) for measure in measures.parse(text)] == names


def test_largest_cutoff():
    assert measures.largest_cutoff(measures.parse("AP nDCG@10 R@2000")) == 2000
    assert measures.largest_cutoff(measures.parse("AP RR")) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ndcg@10", "unknown measure 'ndcg@10'; did you mean nDCG@10"),
        ("ndcg_cut_10", "did you mean nDCG@10"),
        ("recall@100", "did you mean Recall@100"),
        ("mrr", "did you mean MRR"),
        ("map", "did you mean AP"),
        ("quality@3", "unknown measure 'quality@3'; some that are known: nDCG@10"),
        ("R", "'R' is incomplete .* did you mean R@100"),
        ("nDCG@0", "cutoff is 0, it must be a whole number from 1"),
        ("nDCG(cutoff=0)", "cutoff is 0"),
        ("nDCG@1.5", "cutoff is 1.5"),
        ("nDCG@True", "cutoff is True"),
        ("nDCG@99999999999", "from 1 to 1000000"),
        ("R(rel=0)@10", "rel is 0"),
        ("nDCG@ten", "cannot read the measure 'nDCG@ten'"),
        ("nDCG@-1", "cannot read the measure"),
        ("nDCG(depth=3)@10", "cannot read the measure|wrong parameter"),
        ("__import__('os').getcwd()", "cannot read the measure"),
        ("IPrec@7", "wrong parameter"),
        ("alpha_nDCG@10", "cannot be computed here"),
        ("Accuracy", "cannot be computed here"),
        (" , ", "no measures in"),
    ],
)
def test_measures_that_cannot_be_used_are_refused_in_one_line(text, message):
    with pytest.raises(InputError, match=message) as caught:
        measures.parse(text)
    assert "\n" not in str(caught.value)


def test_a_failure_inside_ir_measures_is_one_line(monkeypatch):
    def fail(*_):
        raise RuntimeError("first\nsecond")

    monkeypatch.setattr(measures.ir_measures, "calc", fail)
    with pytest.raises(InputError, match=r"cannot compute AP here: first$"):
        measures.evaluate({"q": {"d": 1}}, {"q": {"d": 1.0}}, measures.parse("AP"))
