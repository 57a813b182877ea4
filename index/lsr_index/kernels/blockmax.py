"""Block-max pruning: score every chunk as far as it can matter.

A chunk of 65,536 documents at a time, whose scores stay in the second-level cache:

1. The postings of flat and sparse rows, which are few, are added to the scores of their documents.
2. A block of 16 documents is bounded by the best of these scores, plus weight × largest impact in the block for every
   dense and full row; a superblock by the best of its 16 blocks.
3. Superblocks that reach the threshold are visited by falling bound: dense and full rows are added to the scores of
   their documents, which are then offered. The threshold grows from the first one on.

Where too many superblocks reach the threshold, the next chunks are scored without bounds, which is a plain scan.

After Mallia, Suel & Tonellotto, "Faster Learned Sparse Retrieval with Block-Max Pruning", SIGIR 2024; Carlson et al.,
"Dynamic Superblock Pruning", SIGIR 2025; and Turtle & Flood's MaxScore, whose essential lists step 1 resembles.

Why it is safe: scores and bounds are sums of the same whole numbers, so bound >= score holds exactly. Superblocks whose
bound *equals* the threshold are visited: they may hold a document that wins the tie by its lower number.
"""

# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
import numpy as np
from numba import njit

from lsr_index.arrays import I32, I64, U8, U64
from lsr_index.kernels import clock, planner, rows, topk
from lsr_index.kernels.limits import NEVER, Limits
from lsr_index.kernels.rows import BYTE, ONE, SLOT
from lsr_index.kernels.scratch import Scratch
from lsr_index.kernels.topk import TopK
from lsr_index.postings import BLOCK, BLOCKS, CHUNK, DENSE, FLAT, FULL, SLOTS, WINDOW, Postings

DONE, STOPPED, LATE = 0, 1, 2


@njit(cache=True, nogil=True)
def search(
    postings: Postings,
    terms: I32,
    weights: I32,
    base: int,
    allowed: U8,
    limits: Limits,
    bounding: int,
    scratch: Scratch,
    top: TopK,
    counts: I64,
) -> int:
    """Offer every document that can be among the best k to `top`; arguments as in `exhaustive.search`.

    Args:
        limits: What may be left out.
        bounding: `planner.BOUNDS`, `NO_BOUNDS`, or `WHERE_IT_PAYS`: then it stops where it does not.

    Returns:
        DONE; STOPPED, if bounding did not pay; or LATE, if the deadline came before the end.
    """
    chunks = (postings.numbers.size + CHUNK - 1) // CHUNK
    top.state[topk.THRESHOLD] = max(
        top.state[topk.THRESHOLD], _first_threshold(postings, terms, weights, top.state[topk.K], allowed)
    )
    planner.order_chunks(postings, terms, weights, chunks, scratch.chunks)
    bound = bounding != planner.NO_BOUNDS
    # [terms, 6] form, first posting, last + 1, first byte of the grid, last + 1, weight of each dense or full row.
    many = np.empty((terms.size + 1, 6), np.uint64)
    for turn in range(chunks):
        if limits.deadline != NEVER and clock.now() >= limits.deadline:
            return LATE
        chunk = scratch.chunks[turn]
        size = min(CHUNK, postings.numbers.size - chunk * CHUNK)
        superblocks = (size + SLOTS - 1) // SLOTS
        counts[2] += _add_few(postings, terms, weights, scratch, chunk, chunks, many)
        visited, first = superblocks, np.uint64(chunk * CHUNK)
        if bound:
            _bound(postings, scratch, many, superblocks)
            counts[0] += superblocks
            visited = 0
            for c in range(_by_falling_bound(scratch, superblocks, _least(top, limits))):
                superblock = np.uint64(scratch.order[c])
                if scratch.highest[superblock] < _least(top, limits):
                    continue  # the order is by bucket, so a later superblock may still reach the threshold
                visited += 1
                counts[3] += _visit(postings, scratch, many, superblock, np.uint64(superblocks))
                start = superblock << BYTE
                topk.offer(
                    top, scratch.scores, start, np.uint64(SLOTS), first + start, postings.numbers, base, allowed
                )
        else:
            counts[3] += _add_many(postings, scratch, many, superblocks)
            documents = np.uint64(superblocks * SLOTS)
            topk.offer(top, scratch.scores, np.uint64(0), documents, first, postings.numbers, base, allowed)
        counts[1] += visited
        scratch.scores[: superblocks * SLOTS] = 0
        if bounding == planner.WHERE_IT_PAYS:
            bound = bound and planner.pays(visited, superblocks)
    return DONE if bound or bounding == planner.NO_BOUNDS else STOPPED


@njit(cache=True, nogil=True, inline="always")
def _least(top: TopK, limits: Limits) -> np.int64:
    # What a bound must reach.
    return np.int64(top.state[topk.THRESHOLD] * limits.overestimate)


@njit(cache=True, nogil=True)
def _first_threshold(postings: Postings, terms: I32, weights: I32, k: int, allowed: U8) -> np.int64:
    # A term's k-th largest impact: k documents score at least weight × that, so nothing below can be in the top k.
    threshold = np.int64(1)
    column = 0 if k <= 10 else 1 if k <= 100 else 2
    if k <= 1000 and allowed.size == 0:
        for i in range(terms.size):
            threshold = max(threshold, np.int64(weights[i]) * np.int64(postings.kth_impacts[terms[i], column]))
    return threshold


@njit(cache=True, nogil=True)
def _add_few(
    postings: Postings, terms: I32, weights: I32, scratch: Scratch, chunk: int, chunks: int, many: U64
) -> np.int64:
    # Also notes of which terms the chunk has many postings, and where: they are looked up again and again.
    forms, grid, grids = postings.row_forms, postings.grid, postings.row_grids
    packed, firsts, scores = postings.postings, postings.row_postings, scratch.scores
    places = np.uint64(0)
    added = np.int64(0)
    for i in range(np.uint64(terms.size)):
        row = np.uint64(terms[i]) * np.uint64(chunks) + np.uint64(chunk)
        p, until = np.uint64(firsts[row]), np.uint64(firsts[row + ONE])
        start, stop = np.uint64(grids[row]), np.uint64(grids[row + ONE])
        if forms[row] < DENSE:
            rows.add_few(forms[row], packed, p, until, grid, start, stop, weights[i], scores)
            added += np.int64(until - p)
        else:
            many[places, 0], many[places, 1], many[places, 2] = forms[row], p, until
            many[places, 3], many[places, 4], many[places, 5] = start, stop, weights[i]
            places += ONE
    many[places, 0] = FLAT  # the end
    return added


@njit(cache=True, nogil=True)
def _add_many(postings: Postings, scratch: Scratch, many: U64, superblocks: int) -> np.int64:
    # In a whole chunk.
    added, m = np.int64(0), 0
    while many[m, 0] != FLAT:  # ends: `_add_few` wrote an end
        form, p, until, start, stop, weight = many[m]
        rows.add_many(
            form, postings.postings, p, until, postings.grid, start, stop, np.int32(weight), scratch.scores
        )
        added += superblocks * SLOTS if form == FULL else np.int64(until - p)
        m += 1
    return added


@njit(cache=True, nogil=True)
def _visit(postings: Postings, scratch: Scratch, many: U64, superblock: np.uint64, superblocks: np.uint64) -> np.int64:
    # Likewise, in one superblock.
    grid, packed, scores = postings.grid, postings.postings, scratch.scores
    base = superblock << BYTE
    added, m = np.uint64(0), np.uint64(0)
    while many[m, 0] != FLAT:  # ends: `_add_few` wrote an end
        start, weight = many[m, 3], np.int32(many[m, 5])
        low = start + superblocks * np.uint64(BLOCKS)
        if many[m, 0] == FULL:
            low += base
            for slot in range(np.uint64(SLOTS)):
                scores[base + slot] += weight * np.int32(grid[low + slot])
            added += np.uint64(SLOTS)
        else:
            p, low = many[m, 1], low + superblock
            end = rows.dense_end(p, many[m, 2], grid, low, superblocks, superblock)
            first = p + (np.uint64(grid[low]) | (np.uint64(grid[low + superblocks]) << BYTE))
            for q in range(first, end):
                posting = np.uint64(packed[q])
                scores[base | (posting & SLOT)] += weight * np.int32(posting >> BYTE)
            added += end - first
        m += ONE
    return np.int64(added)


@njit(cache=True, nogil=True)
def _bound(postings: Postings, scratch: Scratch, many: U64, superblocks: int) -> None:
    grid = postings.grid
    bounds, scores, highest = scratch.bounds, scratch.scores, scratch.highest
    blocks = np.uint64(superblocks * BLOCKS)
    bounds[: np.int64(blocks)] = 0
    m = np.uint64(0)
    while many[m, 0] != FLAT:  # ends: `_add_few` wrote an end
        start, weight = many[m, 3], np.int32(many[m, 5])
        for block in range(blocks):
            bounds[block] += weight * np.int32(grid[start + block])
        m += ONE
    for superblock in range(np.uint64(superblocks)):
        first, start = superblock * np.uint64(BLOCKS), superblock * np.uint64(SLOTS)
        best = np.int32(0)
        for block in range(np.uint64(BLOCKS)):  # block b has the slots b, b + 16, …: vector operations
            most = scores[start + block]
            for lane in range(np.uint64(1), np.uint64(BLOCK)):
                most = max(most, scores[start + lane * np.uint64(BLOCKS) + block])
            best = max(best, np.int32(bounds[first + block] + most))
        highest[superblock] = best


@njit(cache=True, nogil=True)
def _by_falling_bound(scratch: Scratch, superblocks: int, least: int) -> int:
    # A counting sort into buckets of equal width: near enough to falling order, linear in the number of superblocks.
    # The bucket is a monotone function of the bound, so a superblock of a higher bucket never has a lower bound.
    highest, order = scratch.highest, scratch.order
    most = np.int64(0)
    for superblock in range(superblocks):
        most = max(most, np.int64(highest[superblock]))
    least = max(least, 1)
    if most < least:
        return 0
    ends = order[WINDOW:]
    ends[:] = 0
    factor = np.float64(WINDOW - 1) / np.float64(most - least + 1)
    candidates = 0
    for superblock in range(superblocks):
        if highest[superblock] >= least:
            ends[np.int64((most - highest[superblock]) * factor)] += 1
            candidates += 1
    total = np.uint32(0)
    for bucket in range(WINDOW):
        count = ends[bucket]
        ends[bucket] = total
        total += count
    for superblock in range(superblocks):
        if highest[superblock] >= least:
            bucket = np.int64((most - highest[superblock]) * factor)
            order[ends[bucket]] = superblock
            ends[bucket] += 1
    return candidates
