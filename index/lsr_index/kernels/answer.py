"""Answer a batch of queries: one call from Python, whatever the batch's size."""

import math

import numpy as np
from numba import njit

from lsr_index.arrays import F32, I32, I64, U8
from lsr_index.kernels import blockmax, exhaustive, planner, scan, topk
from lsr_index.kernels.scratch import Scratch
from lsr_index.kernels.topk import TopK
from lsr_index.postings import Postings

AUTO, PRUNED, SCAN, ORACLE = 0, 1, 2, 3  # what to do; PRUNED and SCAN also say what was done


@njit(cache=True, nogil=True)
def answer(
    postings: Postings,
    indptr: I64,
    terms: I32,
    weights: F32,
    first: int,
    last: int,
    k: int,
    plan: int,
    allowed: U8,
    scratch: Scratch,
    top: TopK,
    scores: F32,
    numbers: I64,
    found: I64,
    counts: I64,
    chosen: U8,
) -> None:
    """Find the best k documents of the queries first … last - 1.

    Args:
        postings: The segment.
        indptr: int64[n + 1] first term of each query.
        terms: int32[t] rising within a query.
        weights: float32[t]
        first: First query.
        last: Query after the last.
        k: How many documents.
        plan: AUTO, PRUNED, SCAN or ORACLE.
        allowed: uint8[N] 0 at places of documents that must not be found; empty if all may.
        scratch: This thread's memory.
        top: This thread's buffer, of capacity k.
        scores: float32[n, k] out.
        numbers: int64[n, k] out, document numbers; equal scores stand in rising order.
        found: int64[n] out, how many of them are filled.
        counts: int64[n, 4] out, see `exhaustive.search`.
        chosen: uint8[n] out, PRUNED or SCAN.

    The score of a document is the float32 sum over the query's terms, by rising id, of
    float32(weight × scale of the term × 2^-e) × impact, times 2^e; e makes the largest product fall into [0.5, 1). A power of two
    changes no digit, and whatever the query's weights are, sums neither overflow nor vanish.
    """
    for query in range(first, last):
        start, stop = indptr[query], indptr[query + 1]
        counts[query, :] = 0
        found[query] = 0
        chosen[query] = SCAN
        if start == stop:
            continue
        largest = 0.0
        for i in range(start, stop):
            largest = max(largest, np.float64(weights[i]) * postings.scales[terms[i]])
        exponent = math.frexp(largest)[1]
        normalised = np.empty(stop - start, dtype=np.float32)
        for i in range(start, stop):
            normalised[i - start] = math.ldexp(np.float64(weights[i]) * postings.scales[terms[i]], -exponent)
        row = terms[start:stop]
        topk.reset(top, k)
        pruned = plan == PRUNED or (plan == AUTO and planner.worth_trying(postings, row, k, scratch.memory))
        done = scratch.bounds[:0]
        if pruned:
            pruned = blockmax.search(postings, row, normalised, 0, allowed, scratch, top, counts[query], plan == PRUNED)
            if plan == AUTO:
                planner.remember(row, k, pruned, scratch.memory)
            done = scratch.bounds
        if plan == ORACLE:
            exhaustive.search(postings, row, normalised, 0, allowed, scratch, top, counts[query], done)
        elif not pruned:
            scan.search(postings, row, normalised, 0, allowed, scratch, top, counts[query], done)
        chosen[query] = PRUNED if pruned else SCAN
        size = topk.finish(top, scores[query], numbers[query])
        found[query] = size
        for i in range(size):  # a score beyond float32 becomes infinite, its rank stays
            scores[query, i] = np.float32(math.ldexp(np.float64(scores[query, i]), exponent))
