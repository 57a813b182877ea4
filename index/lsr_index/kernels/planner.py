"""Whether bounds pay, chunk after chunk.

Bounding a chunk costs about a fifth of scoring it, and saves what its superblocks below the threshold would have cost.
So a query bounds its first chunk, and goes on as long as enough superblocks stay below. A thread remembers for each
kind of query whether that was so, and after every failure in a row tries half as often, down to one query in 64.
Whatever is chosen, the answer is the same.
"""

import numpy as np
from numba import njit

from lsr_index.arrays import I32, I64
from lsr_index.postings import Postings

WHERE_IT_PAYS, BOUNDS, NO_BOUNDS = 0, 1, 2
SMALL = 8192  # documents; below, bounding costs more than it can save
SELDOM = 63  # queries of a kind that are scanned between two attempts at most
ENOUGH = 0.75  # share of superblocks that may be visited while bounds pay


@njit(cache=True, nogil=True)
def worth_trying(postings: Postings, terms: I32, k: int, memory: I64) -> bool:
    """Tell whether bounds are worth an attempt.

    Args:
        postings: The segment.
        terms: int32[m] the query's terms.
        k: How many documents are wanted.
        memory: int64[KINDS, 2] of this thread: queries of each kind to scan before the next attempt; how many after a
            failure. Advanced.
    """
    if postings.numbers.size < SMALL:
        return False
    kind = _kind(terms, k)
    if memory[kind, 0] > 0:
        memory[kind, 0] -= 1
        return False
    return True


@njit(cache=True, nogil=True)
def remember(terms: I32, k: int, paid: bool, memory: I64) -> None:
    """Note how an attempt went."""
    kind = _kind(terms, k)
    memory[kind, 1] = 0 if paid else min(SELDOM, 2 * memory[kind, 1] + 1)
    memory[kind, 0] = memory[kind, 1]


@njit(cache=True, nogil=True)
def pays(visited: int, superblocks: int) -> bool:
    """Tell whether bounding was worth its while where so many superblocks had to be visited all the same."""
    return visited <= ENOUGH * superblocks


@njit(cache=True, nogil=True)
def _kind(terms: I32, k: int) -> int:
    depth = 0 if k <= 10 else 1 if k <= 100 else 2 if k <= 1000 else 3
    length = 0 if terms.size <= 8 else 1 if terms.size <= 24 else 2
    return depth * 3 + length


@njit(cache=True, nogil=True)
def order_chunks(postings: Postings, terms: I32, weights: I32, chunks: int, order: I64) -> None:
    """Put the chunks first whose documents have most of the query's weight: the threshold rises sooner.

    Args:
        postings: The segment.
        terms: int32[m] the query's terms.
        weights: int32[m] their weights.
        chunks: How many there are.
        order: int64[>= chunks] out.
    """
    promise = np.zeros(chunks, np.int64)
    for chunk in range(chunks):
        for i in range(terms.size):
            row = np.int64(terms[i]) * chunks + chunk
            postings_there = postings.row_postings[row + 1] - postings.row_postings[row]
            promise[chunk] -= np.int64(weights[i]) * postings_there
    order[:chunks] = np.argsort(promise)
