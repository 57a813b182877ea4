"""Search for short queries: their postings lead to the documents, where `blockmax` goes over all superblocks.

Bounding, ordering and clearing superblocks costs the same however few postings a query has. Here, in every chunk:

1. Blocks are bounded by the maxima of dense and full rows.
2. The postings of flat rows are added to the scores of their documents.
3. Superblocks that reach the threshold by these maxima alone are visited.
4. The postings of flat rows are met again. Where a document's score plus the bound of its block reaches the threshold,
   dense and full rows are looked up for it. Scores are set to 0 on the way: a document counts once, and nothing is
   left to be cleared.

Safe for the reasons given in `blockmax`.
"""

# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
import numpy as np
from numba import njit

from lsr_index.arrays import I32, I64, U8, U16, U64
from lsr_index.kernels import bounds, clock, gather, planner, rows, topk
from lsr_index.kernels.bits import prefetch
from lsr_index.kernels.gather import FIELDS, FIRST, FORM, LAST, MOST, START, WEIGHT
from lsr_index.kernels.limits import NEVER
from lsr_index.kernels.rows import BYTE, ONE, SLOT
from lsr_index.kernels.scratch import Scratch
from lsr_index.kernels.topk import TopK
from lsr_index.postings import BLOCKS, CHUNK, DENSE, FLAT, FULL, SLOTS, Postings

NIBBLE, LINE = np.uint64(4), np.uint64(64)
VISITED = np.int32(-(2**31))  # in place of the bounds of blocks that are done


@njit(cache=True, nogil=True)
def search(
    postings: Postings, terms: I32, weights: I32, base: int, deadline: int, scratch: Scratch, top: TopK, counts: I64
) -> bool:
    """Offer every document that can be among the best k to `top`, and tell whether the deadline came before the end.

    Arguments as in `exhaustive.search` and `Limits`.
    """
    packed, grid, numbers = postings.postings, postings.grid, postings.numbers
    firsts, starts, forms = postings.row_postings, postings.row_grids, postings.row_forms
    scores, block_bounds, order, state = scratch.scores, scratch.bounds, scratch.order, top.state
    chunks = np.uint64((numbers.size + CHUNK - 1) // CHUNK)
    planner.order_chunks(postings, terms, weights, chunks, scratch.chunks)
    lines, found = np.empty((terms.size, FIELDS), np.uint64), np.empty(MOST, np.uint64)
    m = np.uint64(terms.size)
    for turn in range(chunks):
        if deadline != NEVER and clock.now() >= deadline:
            return True
        size = min(CHUNK, numbers.size - scratch.chunks[turn] * CHUNK)
        superblocks = np.uint64((size + SLOTS - 1) // SLOTS)
        chunk = np.uint64(scratch.chunks[turn])
        begin = chunk * np.uint64(CHUNK)
        for i in range(m):
            row = np.uint64(terms[i]) * chunks + chunk
            lines[i, FORM], lines[i, FIRST], lines[i, LAST] = forms[row], firsts[row], firsts[row + ONE]
            lines[i, START], lines[i, WEIGHT] = starts[row], weights[i]
        _fetch(packed, grid, lines)
        most = _bound_blocks(grid, lines, superblocks * np.uint64(BLOCKS), block_bounds)
        counts[0] += (most > 0) * superblocks
        counts[2] += _add(packed, grid, lines, scores)
        if most >= state[topk.THRESHOLD]:
            _bound_superblocks(block_bounds, superblocks, scratch.highest)
            for c in range(bounds.by_falling_bound(scratch, superblocks, state[topk.THRESHOLD])):
                superblock = np.uint64(order[c])
                if scratch.highest[superblock] >= state[topk.THRESHOLD]:
                    counts[1] += 1
                    counts[3] += _visit(packed, grid, lines, superblocks, superblock, scores, block_bounds)
                    count = gather.from_superblock(superblock << BYTE, scores, np.int32(state[topk.THRESHOLD]), found)
                    topk.offer_found(top, found, count, begin, numbers, base)
        for i in range(m):
            if lines[i, FORM] == FLAT:
                first, until, least = lines[i, FIRST], lines[i, LAST], np.int32(state[topk.THRESHOLD])
                if most > 0:
                    count = gather.from_row_and_bounds(packed, first, until, scores, block_bounds, least, found)
                    if count:
                        counts[3] += gather.look_up(packed, grid, lines, superblocks, found, count)
                else:
                    count = gather.from_row(packed, first, until, scores, least, found)
                if count:
                    topk.offer_found(top, found, count, begin, numbers, base)
    return False


@njit(cache=True, nogil=True)
def _fetch(packed: U16, grid: U8, lines: U64) -> None:
    # Rows are short and far apart, so the processor does not foresee them: ask for all at once, wait once.
    for i in range(np.uint64(len(lines))):
        if lines[i, FORM] == FLAT:
            first, until, start = lines[i, FIRST], lines[i, LAST], lines[i, START]
            for p in range(first, until, np.uint64(32)):
                prefetch(packed, p)  # type: ignore[call-arg]
            for p in range(start, start + until - first, LINE):
                prefetch(grid, p)  # type: ignore[call-arg]


@njit(cache=True, nogil=True)
def _bound_blocks(grid: U8, lines: U64, blocks: np.uint64, bounds: I32) -> np.int64:
    # Bound blocks by dense and full rows, and return the largest bound; 0 if there are no such rows.
    bounded = False
    for i in range(np.uint64(len(lines))):
        if lines[i, FORM] >= DENSE:
            start, weight = lines[i, START], np.int32(lines[i, WEIGHT])
            if bounded:
                for block in range(blocks):
                    bounds[block] += weight * np.int32(grid[start + block])
            else:
                for block in range(blocks):
                    bounds[block] = weight * np.int32(grid[start + block])
            bounded = True
    most = np.int32(0)
    if bounded:
        for block in range(blocks):
            most = max(most, bounds[block])
    return np.int64(most)


@njit(cache=True, nogil=True)
def _add(packed: U16, grid: U8, lines: U64, scores: I32) -> np.int64:
    # Add flat rows to the scores, and return how many postings there are.
    count = np.uint64(0)
    for i in range(np.uint64(len(lines))):
        if lines[i, FORM] == FLAT:
            first, until = lines[i, FIRST], lines[i, LAST]
            rows.add_few(packed, first, until, grid, lines[i, START], np.int32(lines[i, WEIGHT]), scores)
            count += until - first
    return np.int64(count)


@njit(cache=True, nogil=True)
def _bound_superblocks(bounds: I32, superblocks: np.uint64, highest: I32) -> None:
    for superblock in range(superblocks):
        best = np.int32(0)
        for block in range(superblock << NIBBLE, (superblock + ONE) << NIBBLE):
            best = max(best, bounds[block])
        highest[superblock] = best


@njit(cache=True, nogil=True)
def _visit(
    packed: U16, grid: U8, lines: U64, superblocks: np.uint64, superblock: np.uint64, scores: I32, bounds: I32
) -> np.int64:
    # Add dense and full rows to the scores of a superblock; return how many postings there were.
    seen = np.uint64(0)
    base = superblock << BYTE
    for i in range(np.uint64(len(lines))):
        first, until, low = lines[i, FIRST], lines[i, LAST], lines[i, START] + superblocks * np.uint64(BLOCKS)
        weight = np.int32(lines[i, WEIGHT])
        if lines[i, FORM] == FULL:
            for slot in range(np.uint64(SLOTS)):
                scores[base + slot] += weight * np.int32(grid[low + base + slot])
            seen += np.uint64(SLOTS)
        elif lines[i, FORM] == DENSE:
            at = low + superblock
            q = first + (np.uint64(grid[at]) | (np.uint64(grid[at + superblocks]) << BYTE))
            end = rows.dense_end(first, until, grid, at, superblocks, superblock)
            for p in range(q, end):
                posting = np.uint64(packed[p])
                scores[base | (posting & SLOT)] += weight * np.int32(posting >> BYTE)
            seen += end - q
    for block in range(superblock << NIBBLE, (superblock + ONE) << NIBBLE):
        bounds[block] = VISITED
    return np.int64(seen)
