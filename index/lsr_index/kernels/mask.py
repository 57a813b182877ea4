"""Which documents may be found: what filters and deletions leave."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lsr_index.arrays import U8, U32
from lsr_index.postings import SLOTS


class Mask(NamedTuple):
    """Documents that may be found; empty arrays where all may."""

    places: U8
    """[superblocks × 256] 1 at the places of documents that may be found."""
    superblocks: U8
    """[superblocks] 1 where there are any."""


EVERYTHING = Mask(np.empty(0, np.uint8), np.empty(0, np.uint8))


def make(allowed: NDArray[np.bool_], numbers: U32) -> Mask:
    """Turn document numbers that may be found, bool[N], into a mask by place; `numbers` is `Postings.numbers`."""
    places = np.zeros(-(-len(numbers) // SLOTS) * SLOTS, np.uint8)
    places[: len(numbers)] = allowed[numbers]
    return Mask(places, places.reshape(-1, SLOTS).max(axis=1, initial=0))
