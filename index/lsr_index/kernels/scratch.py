"""Memory that a thread reuses from query to query."""

from typing import NamedTuple

import numpy as np

from lsr_index.arrays import F32, I64, U32
from lsr_index.postings import CHUNK, SLOTS, WINDOW

TERMS = 256  # queries of more terms are scanned
BUCKETS = 1024  # of bounds
KINDS = 12  # of queries


class Scratch(NamedTuple):
    """Working arrays of the traversals."""

    scores: F32
    """[CHUNK] all zero on entry and on return."""
    bounds: F32
    """[superblocks]"""
    places: U32
    """[TERMS, superblocks] see `rows.add_bounds`; memory that is not touched is not used."""
    order: U32
    """[superblocks]"""
    ends: I64
    """[BUCKETS + 1]"""
    memory: I64
    """[KINDS, 2] see `planner.worth_trying`."""


def make(documents: int) -> Scratch:
    """Allocate for a segment of this many documents."""
    chunks = max(1, -(-documents // CHUNK))
    superblocks = chunks * WINDOW
    size = min(CHUNK, max(1, -(-documents // SLOTS)) * SLOTS)
    return Scratch(
        np.zeros(size, np.float32),
        np.empty(superblocks, np.float32),
        np.empty((TERMS, superblocks), np.uint32),
        np.empty(superblocks, np.uint32),
        np.empty(BUCKETS + 1, np.int64),
        np.zeros((KINDS, 2), np.int64),
    )
