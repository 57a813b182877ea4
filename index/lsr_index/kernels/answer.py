"""Answer a batch of queries from one segment: one call from Python, whatever the batch's size."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lsr_index.arrays import F32, I32, I64, U8, U64
from lsr_index.kernels import blockmax, exhaustive, planner, short, topk
from lsr_index.kernels.limits import Limits
from lsr_index.kernels.mask import Mask
from lsr_index.kernels.scratch import Scratch
from lsr_index.kernels.topk import TopK
from lsr_index.postings import Postings

IMPACTS = 255
LARGEST = 2**31 - 1
SHORT = 8  # terms; longer queries have too many postings to meet them twice
AUTO, PRUNED, SCAN, ORACLE = 0, 1, 2, 3  # what to do; PRUNED and SCAN also say what was done
MET = 4  # what was done: the query was short, see `short`


class Queries(NamedTuple):
    """Rows of sparse query vectors."""

    indptr: I64
    """[n + 1] first term of each query."""
    terms: I32
    """[t] rising within a query."""
    weights: F32
    """[t] > 0"""
    totals: NDArray[np.float64]
    """[n] sum of weight × scale over the query's terms, the largest of all segments, see `note_totals`."""


class Answers(NamedTuple):
    """What was found so far, segment after segment."""

    keys: U64
    """[n, k] the best documents as keys, best first, see `topk`."""
    scores: F32
    """[n, k] filled in with the last segment."""
    numbers: I64
    """[n, k] document numbers; equal scores stand in rising order. Likewise."""
    found: I64
    """[n] how many of them are filled."""
    counts: I64
    """[n, 4] see `exhaustive.search`."""
    chosen: U8
    """[n] bits: 1 << PRUNED, 1 << SCAN, 1 << MET."""
    late: U8
    """[n] whether the deadline came before the end."""


def room(count: int, k: int) -> Answers:
    """Allocate for the best k of `count` queries."""
    return Answers(
        np.empty((count, k), np.uint64),
        np.empty((count, k), np.float32),
        np.empty((count, k), np.int64),
        np.zeros(count, np.int64),
        np.zeros((count, 4), np.int64),
        np.zeros(count, np.uint8),
        np.zeros(count, np.uint8),
    )


@njit(cache=True, nogil=True)
def note_totals(indptr: I64, terms: I32, weights: F32, totals: NDArray[np.float64], scales: F32) -> None:
    """Raise totals, as in `Queries`, to what they are in a segment."""
    for query in range(indptr.size - 1):
        total = 0.0
        for i in range(indptr[query], indptr[query + 1]):
            total += np.float64(weights[i]) * scales[terms[i]]
        totals[query] = max(totals[query], total)


@njit(cache=True, nogil=True)
def answer(
    postings: tuple[Any, ...],
    base: int,
    mask: tuple[Any, ...],
    queries: tuple[Any, ...],
    first: int,
    last: int,
    k: int,
    plan: int,
    limits: tuple[Any, ...],
    scratch: tuple[Any, ...],
    top: tuple[Any, ...],
    out: tuple[Any, ...],
    final: bool,
) -> None:
    """Find the best k documents of the queries first … last - 1, among those of a segment and those found before.

    Args:
        postings: `Postings` of the segment. Named tuples come as plain ones: handing them over takes half the time.
        base: Added to its document numbers.
        mask: `Mask`, which documents may be found.
        queries: `Queries`, all of the batch.
        first: First query.
        last: Query after the last.
        k: How many documents.
        plan: AUTO, PRUNED, SCAN or ORACLE.
        limits: `Limits`, what may be left out.
        scratch: `Scratch`, this thread's memory.
        top: `TopK`, this thread's buffer, of capacity k.
        out: `Answers`, what was found.
        final: Whether this is the last segment: then scores and numbers are written.
    """
    asked, found = Queries(*queries), Answers(*out)
    for query in range(first, last):
        _answer(
            Postings(*postings), base, Mask(*mask), asked, query, k, plan, Limits(*limits), Scratch(*scratch),
            TopK(*top), found, final,
        )  # fmt: skip


@njit(cache=True, nogil=True)
def _answer(
    postings: Postings, base: int, mask: Mask, queries: Queries, query: int, k: int, plan: int, limits: Limits,
    scratch: Scratch, top: TopK, out: Answers, final: bool,
) -> None:  # fmt: skip
    # The score of a document is the sum over the query's terms of w × impact, times a unit. w is weight × scale of the
    # term, in units, rounded to a whole number of at least 1; the unit makes the largest possible score almost 2^31, so
    # weights are kept to one part in eight million of their sum, and sums are exact, whatever their order.
    start, stop = queries.indptr[query], queries.indptr[query + 1]
    terms, weights = queries.terms[start:stop], np.empty(stop - start, dtype=np.int32)
    unit = queries.totals[query] * IMPACTS / (LARGEST - IMPACTS * (stop - start))
    for i in range(stop - start):
        product = np.float64(queries.weights[start + i]) * postings.scales[terms[i]]
        weights[i] = max(1, np.int64(np.rint(product / unit)))
    topk.reset(top, k)
    topk.resume(top, out.keys[query, : out.found[query]])
    if stop > start:
        _search(postings, base, mask, terms, weights, plan, limits, scratch, top, out, query)
    size = topk.finish(top, out.keys[query])
    out.found[query] = size
    if final:
        for i in range(size):  # a score beyond float32 becomes infinite, its rank stays
            out.scores[query, i] = np.float32(topk.score_of(out.keys[query, i]) * unit)
            out.numbers[query, i] = topk.number_of(out.keys[query, i])


@njit(cache=True, nogil=True)
def _search(
    postings: Postings, base: int, mask: Mask, terms: I32, weights: I32, plan: int, limits: Limits,
    scratch: Scratch, top: TopK, out: Answers, query: int,
) -> None:  # fmt: skip
    counts, k, state = out.counts[query], top.state[topk.K], top.state
    if plan == ORACLE:
        exhaustive.search(postings, terms, weights, base, mask, scratch, top, counts)
        return
    first = planner.first_threshold(postings, terms, weights, k, mask)
    state[topk.THRESHOLD] = max(state[topk.THRESHOLD], first)
    if plan == AUTO and k <= 1000 and terms.size <= SHORT and mask.places.size == 0:
        late = short.search(postings, terms, weights, base, limits.deadline, scratch, top, counts)
        out.chosen[query] |= 1 << MET
        out.late[query] |= late
        return
    bounding = planner.BOUNDS if plan == PRUNED else planner.NO_BOUNDS
    if plan == AUTO and planner.worth_trying(postings, terms, k, scratch.memory):
        bounding = planner.WHERE_IT_PAYS
    state = blockmax.search(postings, terms, weights, base, mask, limits, bounding, scratch, top, counts)
    if bounding == planner.WHERE_IT_PAYS:
        planner.remember(terms, k, state != blockmax.STOPPED, scratch.memory)
    out.chosen[query] |= 1 << (SCAN if bounding == planner.NO_BOUNDS or state == blockmax.STOPPED else PRUNED)
    out.late[query] |= state == blockmax.LATE
