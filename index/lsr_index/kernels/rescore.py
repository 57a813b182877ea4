"""Score documents that were found by impacts again, by their exact weights."""

# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lsr_index.arrays import F32, I64, U8
from lsr_index.kernels import topk
from lsr_index.kernels.answer import Answers, Queries


@njit(cache=True, nogil=True)
def unchecked(flags: U8, base: int, first: int, last: int, out: Answers) -> I64:
    """Return those documents of a segment that were found and whose flag is 0, as numbers in it; int64[n].

    Args:
        flags: uint8[N] of the segment's documents.
        base: Number of its first document in the index.
        first: First query.
        last: Query after the last.
        out: What was found.
    """
    numbers = np.empty(out.found[first:last].sum(), dtype=np.int64)
    size = 0
    for query in range(first, last):
        for rank in range(out.found[query]):
            number = np.int64(topk.number_of(out.keys[query, rank])) - base
            if 0 <= number < flags.size and not flags[number]:
                numbers[size] = number
                size += 1
    return numbers[:size]


@njit(cache=True, nogil=True)
def rescore(
    ends: I64, terms: Any, weights: Any, scales: F32, steps: int, base: int, queries: Queries, first: int, last: int,
    table: NDArray[np.float64], out: Answers,
) -> None:  # fmt: skip
    """Give those documents of a segment that were found their exact scores; `out.keys` are out of order then.

    Args:
        ends: int64[N] first posting after each document's.
        terms: uint16 or uint32[P] rising within a document.
        weights: float32[P], or uint16[P] steps of them.
        scales: float32[V] weight of impact 1 of each term.
        steps: How many steps an impact has; 0 where weights are no steps.
        base: Number of the segment's first document in the index.
        queries: All queries of the batch.
        first: First query.
        last: Query after the last.
        table: float64[V] zero on entry and on return, this thread's: to look terms up in it is several times faster
            than to merge sorted terms.
        out: What was found.

    A score is the sum of query weight × weight in float64, by rising term, rounded to float32 at the end.
    """
    for query in range(first, last):
        keys, found = out.keys[query], out.found[query]
        start, stop = queries.indptr[query], queries.indptr[query + 1]
        for i in range(start, stop):
            term = queries.terms[i]
            table[term] = np.float64(queries.weights[i]) * (np.float64(scales[term]) / steps if steps else 1.0)
        for rank in range(found):
            number = np.int64(topk.number_of(keys[rank])) - base
            if 0 <= number < ends.size:
                begin, end = np.uint64(ends[number - 1] if number else 0), np.uint64(ends[number])
                score = 0.0
                for p in range(begin, end):
                    score += table[terms[p]] * np.float64(weights[p])
                bits = np.uint64(np.float32(score).view(np.uint32))
                keys[rank] = (bits << np.uint64(32)) | (keys[rank] & np.uint64(0xFFFFFFFF))
        for i in range(start, stop):
            table[queries.terms[i]] = 0.0


@njit(cache=True, nogil=True)
def keep_best(first: int, last: int, k: int, out: Answers) -> None:
    """Put what was rescored in order, equal scores by rising document number, and keep the best k of each query."""
    for query in range(first, last):
        keys = np.sort(out.keys[query, : out.found[query]])[::-1]  # scores >= 0 order like their bits
        out.found[query] = min(k, keys.size)
        for rank in range(out.found[query]):
            out.keys[query, rank] = keys[rank]
            out.scores[query, rank] = np.uint32(keys[rank] >> np.uint64(32)).view(np.float32)
            out.numbers[query, rank] = topk.number_of(keys[rank])
