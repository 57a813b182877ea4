import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsr_eval import fusion, measures
from lsr_eval.fusion import rrf, tune_weight, weighted
from lsr_index.errors import InputError

ids = st.sampled_from([f"d{n}" for n in range(12)])
whole = st.integers(-50, 50).map(float)
hits = st.dictionaries(ids, whole, min_size=1)
runs = st.dictionaries(st.sampled_from(["q1", "q2"]), hits, min_size=1)

BM25 = {"q": {"d1": 12.0, "d2": 10.0, "d3": 4.0}}
DENSE = {"q": {"d3": 0.9, "d4": 0.8, "d1": 0.5}}


def test_rrf_by_hand():
    fused = rrf([BM25, DENSE])
    expected = {"d1": 1 / 61 + 1 / 63, "d3": 1 / 63 + 1 / 61, "d2": 1 / 62, "d4": 1 / 62}
    assert fused["q"] == pytest.approx(expected, rel=1e-6)
    assert list(fused["q"]) == ["d1", "d3", "d2", "d4"]  # both pairs tie, and the lower id comes first
    assert list(rrf([BM25, DENSE], k=0, depth=1)["q"]) == ["d1"]


def test_minmax_by_hand():
    # BM25: 1, (10 - 4) / 8 = .75, 0, and 0 for d4; dense: d3 1, d4 (.8 - .5) / .4 = .75, d1 0, and 0 for d2
    fused = weighted([BM25, DENSE], [0.25, 0.75])
    assert fused["q"] == pytest.approx({"d3": 0.75, "d4": 0.5625, "d1": 0.25, "d2": 0.1875}, rel=1e-6)
    assert list(fused["q"]) == ["d3", "d4", "d1", "d2"]


def test_z_by_hand():
    # 1 2 3 have mean 2 and deviation √(2/3); 10 and 20 are one deviation from their mean; the least stands in
    fused = weighted([{"q": {"a": 3.0, "b": 2.0, "c": 1.0}}, {"q": {"c": 20.0, "x": 10.0}}], [1, 1], "z")
    unit = math.sqrt(1.5)
    expected = {"c": (1 - unit) / 2, "a": (unit - 1) / 2, "b": -1 / 2, "x": (-unit - 1) / 2}
    assert fused["q"] == pytest.approx(expected, rel=1e-6)
    assert list(fused["q"]) == ["a", "c", "b", "x"]


def test_a_run_whose_scores_are_equal_or_that_has_none():
    single, none = {"q": {"d9": 7.0}}, {"p": {"d1": 1.0}}
    assert weighted([BM25, single], [1, 1])["q"] == pytest.approx(
        {"d1": 0.5, "d9": 0.5, "d2": 0.375, "d3": 0}, abs=1e-6
    )
    for fused in (weighted([BM25, none], [1, 1]), weighted([BM25, none], [1, 1], "z"), rrf([BM25, none])):
        assert list(fused["q"]) == ["d1", "d2", "d3"]
        assert list(fused["p"]) == ["d1"]
    assert rrf([{"q": {}}, {"q": {}}]) == {"q": {}}


@given(st.lists(runs, min_size=2, max_size=4), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_rrf_does_not_heed_the_order_of_the_runs(given_runs, order):
    fused = rrf(given_runs)
    order.shuffle(given_runs)
    again = rrf(given_runs)
    assert fused == again
    assert all(list(fused[query]) == list(again[query]) for query in fused)


@given(runs, runs, st.sampled_from(["minmax", "z"]), st.integers(-3, 3), whole)
@settings(max_examples=60)
def test_another_scale_of_a_run_changes_nothing(a, b, normalise, power, shift):
    moved = {query: {hit: score * 2.0**power + shift for hit, score in found.items()} for query, found in a.items()}
    one, other = weighted([a, b], [0.4, 0.6], normalise), weighted([moved, b], [0.4, 0.6], normalise)
    for query, found in one.items():
        assert other[query] == pytest.approx(found, abs=1e-5)


@given(runs, runs, st.sampled_from(["minmax", "z"]))
@settings(max_examples=60)
def test_a_weight_of_0_leaves_the_other_runs_ranking(a, b, normalise):
    for fused in (weighted([a, b], [1, 0], normalise), weighted([b, a], [0, 3], normalise)):
        for query, found in a.items():
            ranked = sorted(found, key=lambda hit: (-found[hit], hit))
            assert [hit for hit in fused[query] if hit in found] == ranked


@given(st.lists(runs, min_size=2, max_size=3), st.integers(1, 5))
@settings(max_examples=60)
def test_scores_fall_strictly_even_where_trec_eval_rounds_them(given_runs, depth):
    weights = [1.0] * len(given_runs)
    for fused in (rrf(given_runs, depth=depth), weighted(given_runs, weights, "z", depth=depth)):
        assert fused.keys() == {query for run in given_runs for query in run}
        for found in fused.values():
            single = np.array(list(found.values()), np.float32)
            assert np.isfinite(single).all()
            assert (np.diff(single) < 0).all()
            assert single.tolist() == list(found.values())
            assert len(found) <= depth


def test_order_of_ties_survives_measuring():
    tied = {"q": {"a": 1.0, "b": 1.0, "c": 1.0, "d": 0.0}}
    fused = rrf([tied, tied])
    found = measures.evaluate({"q": {"a": 1}}, fused, measures.parse("nDCG@1 RR@10"))
    assert found.means == {"nDCG@1": 1, "RR@10": 1}


def test_the_largest_scores_there_are():
    huge = {"q": {"a": 1.7e308, "b": 0.0, "c": -1.7e308}}
    for normalise in ("minmax", "z"):
        assert next(iter(weighted([huge, BM25], [1e308, 1e308], normalise)["q"])) in ("a", "d1")


QRELS = {"q1": {"x": 1}, "q2": {"y": 1}}
GOOD = {"q1": {"x": 2.0, "w": 1.0}, "q2": {"y": 2.0, "v": 1.0}, "unjudged": {"x": 1.0}}
BAD = {"q1": {"w": 2.0, "x": 1.0}, "q2": {"v": 2.0, "y": 1.0}}
[RR] = measures.parse("RR@10")


def test_the_weight_is_tuned():
    found = tune_weight(GOOD, BAD, QRELS, RR, grid=[0, 0.25, 0.5, 0.75, 1])
    # each query gets w x 1 for the right answer, (1 - w) x 1 for the wrong one, whose id comes first in a tie
    assert found.curve == pytest.approx({0: 0.5, 0.25: 0.5, 0.5: 0.5, 0.75: 1, 1: 1})
    assert found.weight == 0.75  # the better of equals is the one nearer to a half
    assert tune_weight(BAD, GOOD, QRELS, RR, grid=[0, 0.25, 1]).weight == 0.25
    assert tune_weight(GOOD, GOOD, QRELS, RR).weight == 0.5


@given(runs, runs, st.sampled_from(["minmax", "z"]))
@settings(max_examples=15)
def test_the_curve_is_what_the_fused_runs_measure(a, b, normalise):
    judged = {query: {"d1": 1, "d2": 2} for query in ("q1", "q2")}
    [ndcg] = measures.parse("nDCG@3")
    found = tune_weight(a, b, judged, ndcg, normalise, grid=[0, 0.25, 1])
    for weight, value in found.curve.items():
        fused = weighted([a, b], [weight, 1 - weight], normalise)
        assert measures.evaluate(judged, fused, [ndcg]).means["nDCG@3"] == value
    assert found.curve[found.weight] == max(found.curve.values())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rrf([BM25]), "1 run cannot be fused; give at least two"),
        (lambda: rrf([]), "no runs to fuse"),
        (lambda: rrf([BM25, DENSE], k=-1), "k is -1, it must be a number from 0"),
        (lambda: rrf([BM25, DENSE], depth=0), "the depth is 0"),
        (lambda: rrf([BM25, {"q": {"d": math.nan}}]), "the score of document 'd' for query 'q' is nan"),
        (lambda: weighted([BM25], [1]), "1 run cannot be fused"),
        (lambda: weighted([BM25, DENSE], [1]), "1 weights for 2 runs; give each run one"),
        (lambda: weighted([BM25, DENSE], [1, -0.5]), r"a weight is -0\.5, it must be a finite number from 0"),
        (lambda: weighted([BM25, DENSE], [1, math.nan]), "a weight is nan"),
        (lambda: weighted([BM25, DENSE], [math.inf, 1]), "a weight is inf"),
        (lambda: weighted([BM25, DENSE], [0, 0]), "all weights are 0"),
        (
            lambda: weighted([BM25, DENSE], [1, 1], "sum"),  # type: ignore[arg-type]
            "no normalisation is called 'sum'; there are: minmax, z",
        ),
        (lambda: weighted([BM25, {"q": {"d": math.inf}}], [1, 1]), "is inf, it must be a finite number"),
        (lambda: tune_weight(BM25, DENSE, QRELS, RR), "the first run: none of its 1 queries is judged"),
        (lambda: tune_weight(GOOD, DENSE, QRELS, RR), "the second run: none .* first is 'q', the judgements' 'q1'"),
        (lambda: tune_weight(GOOD, BAD, QRELS, RR, grid=[]), r"the weights to try are \[\]; give at least one"),
        (lambda: tune_weight(GOOD, BAD, QRELS, RR, grid=[0.5, 1.5]), "each from 0 to 1"),
    ],
)
def test_what_cannot_be_fused_is_one_line(call, message):
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_the_grid_is_even_and_whole():
    assert fusion.GRID[0] == 0
    assert fusion.GRID[-1] == 1
    assert 0.5 in fusion.GRID
