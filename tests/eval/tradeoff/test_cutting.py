"""Sparser vectors, beside what plain Python makes of them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lsr_eval.tradeoff.cutting import above, heaviest
from lsr_index import vectors
from tests.index.conftest import random_vectors

ROWS = st.builds(lambda seed, n: random_vectors(seed, n, 12, 0.5, levels=3), st.integers(0, 10_000), st.integers(1, 6))


def terms(rows):
    return [
        dict(zip(*(side.tolist() for side in vectors.row_terms(rows, n)), strict=True)) for n in range(rows.shape[0])
    ]


@given(ROWS, st.integers(1, 12))
@settings(max_examples=50)
def test_the_heaviest_stay_and_of_equal_ones_the_first(rows, count):
    kept = heaviest(rows, count)
    for before, after in zip(terms(rows), terms(kept), strict=True):
        assert after == dict(sorted(sorted(before.items(), key=lambda item: -item[1])[:count]))
    assert kept.has_canonical_format


@given(ROWS, st.floats(0, 0.99))
@settings(max_examples=50)
def test_what_is_light_beside_the_heaviest_goes(rows, share):
    kept = above(rows, share)
    for before, after in zip(terms(rows), terms(kept), strict=True):
        assert after == {term: weight for term, weight in before.items() if weight >= share * max(before.values())}
        assert bool(after) == bool(before)
    assert kept.dtype == np.float32


def test_nothing_asked_is_nothing_done():
    rows = random_vectors(1, 5, 12)
    assert heaviest(rows, None) is rows
    assert above(rows, 0) is rows
