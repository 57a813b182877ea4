"""Which source serves which slot: shares by weight, decided by the slot's number alone."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lsr_index.errors import InputError

PERIOD = 1 << 16
"""Slots after which the pattern repeats; within them every source has its exact share, and at least one."""


class Mixture:
    """An endless sequence of slots, shuffled, in which sources occur by their weights.

    Args:
        weights: Above zero, one for each source.
        seed: Shuffles the slots.

    Raises:
        InputError: if there are none, or one is not above zero.
    """

    def __init__(self, weights: Sequence[float], seed: int) -> None:
        shares = np.array(weights, dtype=np.float64)
        if not len(shares) or not np.isfinite(shares).all() or (shares <= 0).any():
            raise InputError(f"the weights of sources are {list(weights)}; each must be a number above 0")
        counts = np.maximum(1, np.round(shares / shares.sum() * PERIOD).astype(np.int64))
        counts[np.argmax(counts)] += PERIOD - counts.sum()
        pattern = np.repeat(np.arange(len(counts)), counts)
        self._pattern: NDArray[np.int64] = np.random.default_rng([seed, 0]).permutation(pattern)
        self._places = [np.flatnonzero(self._pattern == source) for source in range(len(counts))]

    def slot(self, number: int) -> tuple[int, int]:
        """Return the source of a slot, and how many slots before it were that source's."""
        period, place = divmod(number, PERIOD)
        source = int(self._pattern[place])
        places = self._places[source]
        return source, period * len(places) + int(np.searchsorted(places, place))
