"""The front: nothing on it is dominated, everything else is."""

from hypothesis import given
from hypothesis import strategies as st

from lsr_eval.tradeoff.pareto import front

# Few values, so that ties are frequent.
POINTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=30)


def dominates(one, other):
    return one[0] <= other[0] and one[1] >= other[1] and one != other


def marks(points):
    return front([cost for cost, _ in points], [quality for _, quality in points])


@given(POINTS)
def test_on_the_front_is_what_no_point_dominates(points):
    assert marks(points) == [not any(dominates(one, point) for one in points) for point in points]


@given(POINTS)
def test_whoever_is_not_on_it_is_dominated_by_someone_who_is(points):
    on_front = [point for point, mark in zip(points, marks(points), strict=True) if mark]
    others = [point for point, mark in zip(points, marks(points), strict=True) if not mark]
    assert all(any(dominates(one, point) for one in on_front) for point in others)


@given(POINTS.flatmap(lambda points: st.tuples(st.just(points), st.permutations(range(len(points))))))
def test_the_order_of_points_does_not_matter(case):
    points, order = case
    known = marks(points)
    assert marks([points[n] for n in order]) == [known[n] for n in order]


def test_equal_points_stand_or_fall_together():
    assert front([1, 1, 2, 2], [0.5, 0.5, 0.5, 0.6]) == [True, True, False, True]
    assert front([2, 1, 2], [0.5, 0.6, 0.5]) == [False, True, False]
