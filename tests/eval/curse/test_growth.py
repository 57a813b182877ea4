"""An index of any size holds the judged documents and those of all smaller ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsr_eval.curse import growth
from lsr_eval.curse.pool import Pool
from lsr_index import InputError


def pool_of(fixed, distractors):
    ids = [str(n) for n in range(fixed + distractors)]
    return Pool(["x (test)"], [], {}, {}, frozenset(), ids, ids, fixed, 0, 0)


@given(
    fixed=st.integers(1, 5),
    distractors=st.integers(1, 20),
    seed=st.integers(0, 100),
    repeats=st.integers(1, 3),
    data=st.data(),
)
def test_sizes_are_nested(fixed, distractors, seed, repeats, data):
    pool = pool_of(fixed, distractors)
    sizes = data.draw(st.lists(st.integers(fixed, len(pool.ids)), min_size=1, max_size=5))
    sizes = growth.resolved([*sizes, None], pool)
    for repeat in range(repeats):
        smaller: list[int] = []
        for step in growth.steps(pool, sizes, repeats, seed):
            if step.repeat == repeat:
                members = step.members.tolist()
                assert len(set(members)) == len(members) == step.size
                assert members[:fixed] == list(range(fixed))
                assert members[: len(smaller)] == smaller
                smaller = members
    again = zip(growth.steps(pool, sizes, repeats, seed), growth.steps(pool, sizes, repeats, seed), strict=True)
    assert all(np.array_equal(one.members, other.members) for one, other in again)


def test_repeats_are_other_orders_but_where_nothing_is_left_to_choose():
    steps = list(growth.steps(pool_of(2, 30), [2, 10, 32], 3, 0))
    assert [(step.size, step.repeat) for step in steps] == [(2, 0), (10, 0), (10, 1), (10, 2), (32, 0)]
    assert len({tuple(step.members) for step in steps[1:4]}) == 3


def test_sizes_as_they_are_written():
    assert growth.parse("1000, 3000,all") == [1000, 3000, None]
    assert growth.resolved([30, None, 10, 30], pool_of(10, 25)) == [10, 30, 35]
    assert growth.usual(pool_of(10, 40_000)) == [1000, 3000, 10_000, 30_000, None]
    assert growth.usual(pool_of(10, 40)) == [None]
    assert growth.strings_for([10, 30], 12) == 18


@pytest.mark.parametrize(
    ("sizes", "pool", "message"),
    [
        ([4], pool_of(5, 5), "an index of 4 has no room for the 5 documents judged for the queries"),
        ([5, 11], pool_of(5, 5), "needs 6 distractors and there are 5; name more datasets, or sizes up to 10"),
        ([5], pool_of(5, 0), "no distractors are left beside the 5 documents"),
    ],
)
def test_sizes_that_cannot_be(sizes, pool, message):
    with pytest.raises(InputError, match=message):
        growth.resolved(sizes, pool)


@pytest.mark.parametrize("text", ["", "0", "1e3", "1000,,3000", "many"])
def test_sizes_that_are_none(text):
    with pytest.raises(InputError, match="is no number of documents"):
        growth.parse(text)


def test_there_is_no_end_of_strings():
    with pytest.raises(InputError, match="no end of random strings"):
        growth.strings_for([10, None], 5)
