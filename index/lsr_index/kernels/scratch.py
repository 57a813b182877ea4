"""Memory that a thread reuses from query to query."""

from typing import NamedTuple

import numpy as np

from lsr_index.arrays import I32, I64, U8, U32
from lsr_index.postings import BLOCKS, CHUNK, SLOTS, WINDOW

KINDS = 12  # of queries


class Scratch(NamedTuple):
    """Working arrays of the traversals."""

    scores: I32
    """[CHUNK] of the documents of a chunk; all zero on entry and on return."""
    bounds: I32
    """[WINDOW × BLOCKS] of the blocks of a chunk, from dense and full rows."""
    highest: I32
    """[WINDOW] largest bound of a superblock's blocks."""
    touched: U8
    """[WINDOW] whether a superblock of the chunk may have scores that are not 0."""
    order: U32
    """[2 × WINDOW] superblocks by falling bound; and memory to sort them."""
    chunks: I64
    """[chunks] by falling promise."""
    memory: I64
    """[KINDS, 2] see `planner.worth_trying`."""


def make(documents: int) -> Scratch:
    """Allocate for segments of up to this many documents."""
    return Scratch(
        np.zeros(min(CHUNK, max(1, -(-documents // SLOTS)) * SLOTS), np.int32),
        np.empty(WINDOW * BLOCKS, np.int32),
        np.empty(WINDOW, np.int32),
        np.empty(WINDOW, np.uint8),
        np.empty(2 * WINDOW, np.uint32),
        np.empty(max(1, -(-documents // CHUNK)), np.int64),
        np.zeros((KINDS, 2), np.int64),
    )
