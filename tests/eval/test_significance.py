import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lsr_eval import significance
from lsr_eval.significance import bonferroni, compare, holm, paired_t, randomisation
from lsr_index.errors import InputError

tenths = st.integers(0, 10).map(lambda tenth: tenth / 10)
pairs = st.lists(st.tuples(tenths, tenths), min_size=2, max_size=40)
p_values = st.lists(st.floats(0, 1), max_size=12)

A = [0.5, 0.7, 0.9, 0.4]
B = [0.4, 0.5, 0.6, 0.4]
# The differences are .1 .2 .3 0: mean .15; squares about it .0025 .0025 .0225 .0225, so the variance is .05 / 3 =
# .016667, the deviation .129099, the standard error half of that, .0645497; t = .15 / .0645497 = 2.3237900 with three
# degrees of freedom. For those Student's distribution has a closed form: with θ = atan(t / √3),
# p = 1 - (2 / π)(θ + sin θ cos θ); θ = .930274, sin θ = .801784, cos θ = .597614, so p = .102735.
P_OF_T = 0.102728
# Of the 8 signs of .1 .2 .3 (the 0 has none), only +++ and --- reach a sum of .6: 2 / 8.
P_OF_SIGNS = 0.25


def test_a_comparison_worked_out_by_hand():
    values = {"bm25": dict(zip("abcd", B, strict=True)), "splade": dict(zip("abcd", A, strict=True))}
    [found] = compare(values, "bm25")
    assert (found.system, found.baseline, found.n) == ("splade", "bm25", 4)
    assert (found.wins, found.losses, found.ties) == (3, 0, 1)
    assert found.difference == pytest.approx(0.15)
    # t of 97.5 % with three degrees of freedom is 3.18245 in every table; times .0645497
    assert (found.low, found.high) == pytest.approx((0.15 - 0.205426, 0.15 + 0.205426), abs=1e-6)
    assert found.p == found.p_corrected == pytest.approx(P_OF_T, abs=1e-6)
    assert compare(values, "bm25", test="randomisation")[0].p == pytest.approx(P_OF_SIGNS)


@given(pairs)
def test_t_is_scipys(pairs):
    a, b = np.array(pairs).T
    differences = a - b
    if np.ptp(differences) < 1e-9:  # scipy warns where there is no spread
        assert paired_t(a, b) == (1 if not differences.any() else pytest.approx(0, abs=1e-9))
    else:
        expected = stats.ttest_rel(a, b)
        assert paired_t(a, b) == pytest.approx(expected.pvalue, rel=1e-9)
        values = {"b": dict(enumerate(b)), "a": dict(enumerate(a))}
        [found] = compare({name: {str(q): v for q, v in of.items()} for name, of in values.items()}, "b")
        assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval(0.95)), abs=1e-9)


@given(st.lists(st.tuples(tenths, tenths), min_size=2, max_size=7))
@settings(max_examples=50)
def test_few_queries_are_randomised_exactly(pairs):
    a, b = np.array(pairs).T
    differences = a - b
    sums = [abs(float(np.dot(signs, differences))) for signs in product((-1, 1), repeat=len(differences))]
    expected = np.mean([total >= abs(differences.sum()) - 1e-9 for total in sums])
    assert randomisation(a, b) == pytest.approx(expected)


def test_many_queries_are_randomised_by_samples():
    dice = np.random.default_rng(5)
    a = dice.random(60)
    b = np.clip(a - 0.02 + dice.normal(0, 0.1, 60), 0, 1)
    found = randomisation(a, b)
    assert found == pytest.approx(paired_t(a, b), abs=0.02)
    assert found == randomisation(a, b, seed=0)
    assert found != randomisation(a, b, seed=1)
    reference = stats.permutation_test(
        (a, b), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=5000, rng=np.random.default_rng(1)
    )
    assert found == pytest.approx(reference.pvalue, abs=0.02)
    assert randomisation(a, a - 1, samples=99) == 1 / 100  # never 0


@pytest.mark.parametrize("test", [paired_t, randomisation])
@given(pairs=pairs, order=st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_neither_the_order_of_systems_nor_that_of_queries_matters(test, pairs, order):
    a, b = zip(*pairs, strict=True)
    found = test(a, b)
    assert 0 <= found <= 1
    assert test(b, a) == found
    order.shuffle(pairs)
    assert test(*zip(*pairs, strict=True)) == pytest.approx(found, abs=1e-12)


@pytest.mark.parametrize("test", [paired_t, randomisation])
def test_what_cannot_be_tested(test):
    assert test([0.5, 0.2, 0.3], [0.5, 0.2, 0.3]) == 1
    assert math.isnan(test([0.5], [0.2]))
    assert math.isnan(test([], []))
    with pytest.raises(InputError, match="2 values cannot be paired with 1"):
        test([0.5, 0.1], [0.2])


def test_samples_are_needed():
    with pytest.raises(InputError, match="samples is 0, it must be at least 1"):
        randomisation(A, B, samples=0)


def test_holm_by_hand():
    # sorted .01 .02 .03 .04: times 4 3 2 1 gives .04 .06 .06 .04; none may fall below the one before it
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert bonferroni([0.04, 0.01, 0.03, 0.3]) == pytest.approx([0.16, 0.04, 0.12, 1])


def test_what_was_not_tested_does_not_count():
    for correct in (holm, bonferroni):
        found = correct([0.02, math.nan, 0.01])
        assert math.isnan(found[1])
        assert found[2] == 0.02


@given(p_values)
def test_corrected_values_are_larger_and_keep_the_order(raw):
    strict, stepwise = bonferroni(raw), holm(raw)
    for p, by_holm, by_bonferroni in zip(raw, stepwise, strict, strict=True):
        assert p <= by_holm <= by_bonferroni <= 1
    order = sorted(range(len(raw)), key=lambda n: raw[n])
    assert [stepwise[n] for n in order] == sorted(stepwise)
    assert holm(raw[::-1]) == stepwise[::-1]


def test_the_correction_is_over_all_systems():
    values = {
        "base": {"q1": 0.1, "q2": 0.2, "q3": 0.3, "q4": 0.4},
        "better": {"q1": 0.3, "q2": 0.5, "q3": 0.5, "q4": 0.5},
        "same": {"q4": 0.4, "q3": 0.3, "q2": 0.2, "q1": 0.1},
    }
    better, same = compare(values, "base")
    assert (better.system, same.system) == ("better", "same")
    assert better.p_corrected == pytest.approx(2 * better.p)
    assert (same.p, same.p_corrected, same.ties, same.difference) == (1, 1, 4, 0)
    uncorrected = compare(values, "base", correction="none")[0]
    assert uncorrected.p_corrected == uncorrected.p


def test_one_query_proves_nothing():
    [found] = compare({"base": {"q": 0.5}, "x": {"q": 0.7}}, "base")
    facts = found.to_dict()
    assert (facts["p"], facts["p_corrected"], facts["low"], facts["high"]) == (None, None, None, None)
    assert (facts["difference"], facts["wins"]) == (pytest.approx(0.2), 1)
    assert compare({"base": {}, "x": {}}, "base")[0].n == 0


@pytest.mark.parametrize(
    ("values", "baseline", "message"),
    [
        ({"a": {"q": 1.0}}, "b", "no system 'b' to compare with; there are: a"),
        ({"a": {"q1": 1.0, "q2": 1.0}, "b": {"q1": 1.0}}, "a", "a were measured on different .*: b has no .* 'q2'"),
        ({"a": {"q1": 1.0}, "b": {"q1": 1.0, "q2": 1.0}}, "a", "different queries: a has no value for 'q2'"),
        ({"a": {"q1": 1.0}, "b": {"q1": math.nan}}, "a", "b: the value of query 'q1' is nan"),
    ],
)
def test_values_that_cannot_be_compared(values, baseline, message):
    with pytest.raises(InputError, match=message):
        compare(values, baseline)


def test_names_of_tests_and_corrections():
    values = {"a": {"q": 1.0}}
    with pytest.raises(InputError, match="no test is called 'wilcoxon'; there are: t, randomisation"):
        compare(values, "a", test="wilcoxon")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no correction is called 'fdr'; there are: holm, bonferroni, none"):
        compare(values, "a", correction="fdr")  # type: ignore[arg-type]


def test_a_block_holds_a_row_of_many_queries(monkeypatch):
    a, b = np.linspace(0, 1, 40), np.linspace(0.3, 0.6, 40)
    monkeypatch.setattr(significance, "BLOCK", 10)
    assert 0 < randomisation(a, b, samples=20) <= 1
