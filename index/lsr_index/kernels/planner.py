"""Whether bounds pay, chunk after chunk.

Bounding a chunk costs about a fifth of scoring it, and saves what its superblocks below the threshold would have cost.
So a query bounds its first chunk, and goes on as long as enough superblocks stay below. A thread remembers for each
kind of query whether that was so, and after every failure in a row tries half as often, down to one query in 64.
Whatever is chosen, the answer is the same.
"""

import numpy as np
from numba import njit

from lsr_index.arrays import I32, I64
from lsr_index.kernels.mask import Mask
from lsr_index.postings import CHUNK, DENSE, Postings

WHERE_IT_PAYS, BOUNDS, NO_BOUNDS = 0, 1, 2
SMALL = 8192  # documents; below, bounding costs more than it can save
SELDOM = 63  # queries of a kind that are scanned between two attempts at most
LOOK_UP = 12  # postings that can be added while a superblock is looked up in a row
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


@njit(cache=True, nogil=True)
def look_up(postings: Postings, terms: I32, chunk: int, chunks: int, open_superblocks: int, superblocks: int) -> bool:
    """Tell whether so few of a chunk's superblocks are open to a filter that they are better looked up in every row."""
    if open_superblocks == superblocks:
        return False
    few = 0
    for i in range(terms.size):
        row = np.int64(terms[i]) * chunks + chunk
        if postings.row_forms[row] < DENSE:
            few += postings.row_postings[row + 1] - postings.row_postings[row]
    return open_superblocks * terms.size * LOOK_UP < few + CHUNK // 16


@njit(cache=True, nogil=True)
def light_below(weights: I32, share: float) -> np.int32:
    """Return the least weight among the heaviest terms that make up a share of a query's weight; 0 for all."""
    if share >= 1:
        return np.int32(0)
    falling = -np.sort(-weights)
    left = share * np.float64(weights.sum())
    for weight in falling:
        left -= weight
        if left <= 0:
            return np.int32(weight)
    return np.int32(0)


@njit(cache=True, nogil=True)
def first_threshold(postings: Postings, terms: I32, weights: I32, k: int, mask: Mask) -> np.int64:
    """Return a score that k documents reach."""
    # A term's k-th largest impact: k documents score at least weight × that, so nothing below can be in the top k.
    threshold = np.int64(1)
    column = 0 if k <= 10 else 1 if k <= 100 else 2
    if k <= 1000 and mask.places.size == 0:
        for i in range(terms.size):
            threshold = max(threshold, np.int64(weights[i]) * np.int64(postings.kth_impacts[terms[i], column]))
    return threshold
