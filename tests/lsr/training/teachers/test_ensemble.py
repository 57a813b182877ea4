"""Golden values, worked by hand."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lsr.training.data.batches import Batch
from lsr.training.teachers.ensemble import NORMALIZATIONS, Ensemble, Member
from lsr_index import InputError

NAN = np.nan


class Says:
    """A teacher that says what it was told to say."""

    name = "says"

    def __init__(self, scores):
        self._scores = np.array(scores, dtype=np.float32)
        self.prepared = []

    def prepare(self, sources, bars):
        self.prepared.append(sources)

    def scores(self, batch):
        return self._scores


def batch(rows, columns, *, own=None, allowed=None):
    everything = np.ones((rows, columns), dtype=np.bool_)
    names = [f"s/{n}" for n in range(max(rows, columns))]
    return Batch(
        names[:rows],
        names[:rows],
        names[:columns],
        names[:columns],
        np.arange(rows),
        everything if own is None else np.array(own, dtype=np.bool_),
        everything if allowed is None else np.array(allowed, dtype=np.bool_),
    )


def test_two_teachers_of_different_scale():
    bm25, cosine = Says([[12.0, 4.0, 8.0]]), Says([[0.5, 0.9, 0.4]])
    found = Ensemble([Member(bm25), Member(cosine, 3)], scale=10).scores(batch(1, 3))
    # BM25 becomes 1, 0, .5 and the cosine .2, 1, 0; (x + 3 y) / 4 × 10
    np.testing.assert_allclose(found, [[4.0, 7.5, 1.25]], atol=1e-4)


def test_the_average_is_over_those_who_know():
    one, other = Says([[2.0, NAN, 4.0, NAN]]), Says([[1.0, 3.0, NAN, NAN]])
    found = Ensemble([Member(one), Member(other)]).scores(batch(1, 4))
    np.testing.assert_allclose(found, [[0.0, 1.0, 1.0, NAN]], atol=1e-5)


def test_what_is_no_candidate_neither_counts_nor_stretches_the_range():
    teacher = Says([[2.0, 4.0, 100.0], [1.0, 0.0, 3.0]])
    masked = batch(2, 3, allowed=[[1, 1, 0], [1, 1, 1]], own=[[1, 0, 0], [0, 1, 1]])
    found = Ensemble([Member(teacher)]).scores(masked)
    np.testing.assert_allclose(found, [[0, 1, NAN], [1 / 3, 0, 1]], atol=1e-5)
    own = Ensemble([Member(teacher)], candidates="own").scores(masked)
    np.testing.assert_allclose(own, [[0, NAN, NAN], [NAN, 0, 1]], atol=1e-5)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("minmax", [0.5, 1.0, 0.0, 0.5]),
        ("z", [0.0, 2**0.5, -(2**0.5), 0.0]),
        ("rank", [0.5, 1.0, 0.0, 0.5]),
        ("none", [2.0, 3.0, 1.0, 2.0]),
    ],
)
def test_normalisations(name, expected):
    scores = np.array([2, 3, 1, 2], dtype=np.float32)
    np.testing.assert_allclose(NORMALIZATIONS[name](scores), expected, atol=1e-5)
    ensemble = Ensemble([Member(Says([scores]), 2.0, name)])
    np.testing.assert_allclose(ensemble.scores(batch(1, 4))[0], expected, atol=1e-5)


@pytest.mark.parametrize("name", ["minmax", "z", "rank"])
def test_a_single_candidate_says_nothing(name):
    assert NORMALIZATIONS[name](np.array([7], dtype=np.float32)).tolist() == [0]


@given(
    arrays(np.float32, st.integers(2, 9), elements=st.floats(-100, 100, width=16)),
    st.sampled_from(["minmax", "z", "rank"]),
)
def test_order_survives_normalisation(scores, name):
    normal = NORMALIZATIONS[name](scores)
    assert np.isfinite(normal).all()
    for one in range(len(scores)):
        for other in range(len(scores)):
            assert not (scores[one] < scores[other] and normal[one] > normal[other])


def test_a_query_that_nobody_knows_stays_unknown():
    found = Ensemble([Member(Says([[NAN, NAN], [1.0, 2.0]]))]).scores(batch(2, 2))
    assert np.isnan(found[0]).all()
    assert not np.isnan(found[1]).any()


def test_every_teacher_is_prepared():
    members = [Member(Says([[1.0]])), Member(Says([[1.0]]))]
    Ensemble(members).prepare(["sources"], None)
    assert [m.teacher.prepared for m in members] == [[["sources"]]] * 2


@pytest.mark.parametrize(
    ("members", "options", "message"),
    [
        ([], {}, "needs teachers with weights above 0"),
        ([Member(Says([[1]]), 0)], {}, r"above 0, got \[0\]"),
        ([Member(Says([[1]]), 1, "softmax")], {}, "'softmax' is neither a normalisation"),
        ([Member(Says([[1]]))], {"candidates": "some"}, "'some' is neither"),
    ],
)
def test_impossible_ensembles(members, options, message):
    with pytest.raises(InputError, match=message):
        Ensemble(members, **options)
