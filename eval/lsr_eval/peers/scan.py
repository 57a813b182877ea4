"""The baseline: a plain term-at-a-time scan of float32 weights in Numba. What prunes must be faster than this."""

from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_eval.peers.base import Numbers, Peer, Scores
from lsr_index.arrays import F32, I64, U32

LANES = 64
SLACK = 1024


class Scan(Peer):
    """Postings by term; scores add up in one array, which is then searched for the best k and cleared."""

    def build(self, documents: csr_array, folder: Path) -> None:
        columns = documents.tocsc()
        self._ends = columns.indptr.astype(np.int64)
        self._documents = columns.indices.astype(np.uint32)
        self._weights = columns.data.astype(np.float32)
        # A whole number of lanes, so that the search for the best needs no remainder.
        self._scores = np.zeros(-(-documents.shape[0] // LANES) * LANES, dtype=np.float32)

    def prepare(self, terms: NDArray[np.int32], weights: Scores) -> tuple[NDArray[np.int64], Scores]:
        return terms.astype(np.int64), weights

    def search(self, query: Any, k: int, setting: str) -> tuple[Numbers, Scores]:
        terms, weights = query
        found: tuple[Numbers, Scores] = scan(
            self._ends, self._documents, self._weights, terms, weights, self._scores, k
        )
        return found

    def answer(self, found: tuple[Numbers, Scores]) -> tuple[Numbers, Scores]:
        return found

    def bytes(self) -> int:
        return int(self._ends.nbytes + self._documents.nbytes + self._weights.nbytes)


@njit(cache=True, nogil=True)
def scan(
    ends: I64, documents: U32, weights: F32, terms: I64, query_weights: F32, scores: F32, k: int
) -> tuple[I64, F32]:
    """Return the numbers and scores of the best k, best first; equal scores stand in rising order of numbers.

    Args:
        ends: int64[V + 1] borders of the terms' postings.
        documents: uint32[postings] rising within a term.
        weights: float32[postings]
        terms: int64[m] distinct.
        query_weights: float32[m] > 0
        scores: float32[n, rounded up to LANES] zero on entry and on return.
        k: How many are wanted.
    """
    for i in range(terms.size):
        weight = query_weights[i]
        first, last = ends[terms[i]], ends[terms[i] + 1]
        for p in range(first, last):
            scores[documents[p]] += weight * weights[p]
    best_scores = np.empty(k + SLACK, dtype=np.float32)
    best_numbers = np.empty(k + SLACK, dtype=np.int64)
    size = 0
    # Scores >= 0 order like their bits, and whole numbers compare without a branch in vector registers.
    bits = scores.view(np.int32)
    least = np.int32(1)
    for start in range(0, scores.size, LANES):
        reached = np.int32(0)
        for lane in range(LANES):
            reached |= np.int32(bits[start + lane] >= least)
        if reached == 0:
            continue
        for place in range(start, start + LANES):
            if bits[place] >= least:
                best_scores[size], best_numbers[size] = scores[place], place
                size += 1
                if size == best_scores.size:
                    size = keep_best(best_scores, best_numbers, size, k)
                    # Later documents must beat the worst of the best: at equal scores the earlier number wins.
                    least = np.float32(best_scores[:k].min()).view(np.int32) + np.int32(1)
    scores[:] = 0
    if size > k:
        size = keep_best(best_scores, best_numbers, size, k)
    order = np.argsort(-best_scores[:size], kind="mergesort")
    return best_numbers[:size][order], best_scores[:size][order]


@njit(cache=True, nogil=True)
def keep_best(scores: F32, numbers: I64, size: int, k: int) -> int:
    """Move the best k of the first `size` entries to the front, in the order they stand in, and return k."""
    bound = np.partition(scores[:size], size - k)[size - k]
    above = 0
    for i in range(size):
        above += scores[i] > bound
    equal = k - above
    kept = 0
    for i in range(size):
        if scores[i] > bound or (scores[i] == bound and equal > 0):
            equal -= scores[i] == bound
            scores[kept], numbers[kept] = scores[i], numbers[i]
            kept += 1
    return kept
