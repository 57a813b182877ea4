"""Score everything, tile by tile: the traversal where bounds cannot pay.

Term at a time within a tile of 16 superblocks, whose scores stay in the first-level cache; every row is read once, from
front to back. Same sums in the same order as the oracle.
"""

# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
import numpy as np
from numba import njit

from lsr_index.arrays import F32, I32, I64, U8, U16
from lsr_index.kernels import topk
from lsr_index.kernels.scratch import Scratch
from lsr_index.kernels.topk import TopK
from lsr_index.postings import (
    BLOCKS,
    CHUNK,
    DENSE,
    DENSE_BYTES,
    FLAT,
    FULL,
    FULL_BYTES,
    SLOTS,
    SPARSE_BYTES,
    WINDOW,
    Postings,
)

TILE = 16  # superblocks


@njit(cache=True, nogil=True)
def search(
    postings: Postings,
    terms: I32,
    weights: F32,
    base: int,
    allowed: U8,
    scratch: Scratch,
    top: TopK,
    counts: I64,
    done: F32,
) -> None:
    """Offer every document that matches to `top`; arguments as in `exhaustive.search`."""
    # Arrays by name, no slices, and indexes without a sign: in the innermost parts every needless instruction shows.
    forms, grid, grids = postings.row_forms, postings.grid, postings.row_grids
    packed, rows, scores = postings.postings, postings.row_postings, scratch.scores
    chunks = (postings.numbers.size + CHUNK - 1) // CHUNK
    superblocks = (postings.numbers.size + SLOTS - 1) // SLOTS
    cursors = np.empty(terms.size, dtype=np.uint64)  # next posting of each row
    entries = np.empty(terms.size, dtype=np.uint64)  # next entry of each sparse row
    for chunk in range(chunks):
        end = min(WINDOW, superblocks - chunk * WINDOW)
        for i in range(terms.size):
            row = np.int64(terms[i]) * chunks + chunk
            cursors[i] = rows[row]
            entries[i] = grids[row]
            counts[3] += rows[row + 1] - rows[row]
        for first in range(0, end, TILE):
            last = min(end, first + TILE)
            for i in range(np.uint64(terms.size)):
                row = np.uint64(terms[i]) * np.uint64(chunks) + np.uint64(chunk)
                start, stop = np.uint64(grids[row]), np.uint64(grids[row + np.uint64(1)])
                form = forms[row]
                if form == FULL:
                    _add_full(
                        grid, start, stop, weights[i], np.uint64(first), np.uint64((last - first) * SLOTS), scores
                    )
                elif form == DENSE:
                    until = np.uint64(rows[row + np.uint64(1)])
                    begin = np.uint64(rows[row])
                    _add_dense(packed, begin, until, grid, start, stop, weights[i], first, last, scores)
                elif form == FLAT:
                    # A posting's superblock is as far into the grid as the posting is into the row.
                    p, until = cursors[i], np.uint64(rows[row + np.uint64(1)])
                    shift = start - np.uint64(rows[row])
                    cursors[i] = _add_flat(packed, p, until, grid, shift, weights[i], first, last, scores)
                else:
                    size = (stop - start) // np.uint64(SPARSE_BYTES)
                    cursors[i], entries[i] = _add_sparse(
                        packed, cursors[i], grid, entries[i], start + size, size, weights[i], first, last, scores
                    )
            tile = scores[: (last - first) * SLOTS]
            if done.size:
                for superblock in range(first, last):
                    if done[chunk * WINDOW + superblock] < 0:
                        tile[(superblock - first) * SLOTS : (superblock - first + 1) * SLOTS] = 0
            topk.offer(top, tile, (chunk * WINDOW + first) * SLOTS, postings.numbers, base, allowed)
    counts[2] += superblocks


@njit(cache=True, nogil=True, inline="always")
def _add_full(
    grid: U8, start: np.uint64, stop: np.uint64, weight: np.float32, first: np.uint64, size: np.uint64, scores: F32
) -> None:
    impacts = start + (stop - start) // np.uint64(FULL_BYTES) * np.uint64(1 + BLOCKS) + first * np.uint64(SLOTS)
    for place in range(size):
        scores[place] += weight * np.float32(grid[impacts + place])


@njit(cache=True, nogil=True, inline="always")
def _add_dense(
    packed: U16,
    begin: np.uint64,
    until: np.uint64,
    grid: U8,
    start: np.uint64,
    stop: np.uint64,
    weight: np.float32,
    first: int,
    last: int,
    scores: F32,
) -> None:
    one, byte = np.uint64(1), np.uint64(8)
    count = (stop - start) // np.uint64(DENSE_BYTES)
    low = start + count * np.uint64(1 + BLOCKS)
    high = low + count
    p = begin + (np.uint64(grid[low + np.uint64(first)]) | (np.uint64(grid[high + np.uint64(first)]) << byte))
    for superblock in range(np.uint64(first), np.uint64(last)):
        after = superblock + one
        end = until
        if after < count:
            end = begin + (np.uint64(grid[low + after]) | (np.uint64(grid[high + after]) << byte))
        base = (superblock - np.uint64(first)) << byte
        for q in range(p, end):
            posting = np.uint64(packed[q])
            scores[base | (posting & np.uint64(255))] += weight * np.float32(posting >> byte)
        p = end


@njit(cache=True, nogil=True, inline="always")
def _add_flat(
    packed: U16,
    p: np.uint64,
    until: np.uint64,
    grid: U8,
    shift: np.uint64,
    weight: np.float32,
    first: int,
    last: int,
    scores: F32,
) -> np.uint64:
    byte = np.uint64(8)
    while p < until and grid[p + shift] < last:  # ends: p grows
        posting = np.uint64(packed[p])
        base = (np.uint64(grid[p + shift]) - np.uint64(first)) << byte
        scores[base | (posting & np.uint64(255))] += weight * np.float32(posting >> byte)
        p += np.uint64(1)
    return p


@njit(cache=True, nogil=True, inline="always")
def _add_sparse(
    packed: U16,
    p: np.uint64,
    grid: U8,
    entry: np.uint64,
    stop: np.uint64,
    size: np.uint64,
    weight: np.float32,
    first: int,
    last: int,
    scores: F32,
) -> tuple[np.uint64, np.uint64]:
    byte = np.uint64(8)
    while entry < stop and grid[entry] < last:  # ends: the entry grows
        base = (np.uint64(grid[entry]) - np.uint64(first)) << byte
        end = p + np.uint64(grid[entry + size + size]) + np.uint64(1)
        for q in range(p, end):
            posting = np.uint64(packed[q])
            scores[base | (posting & np.uint64(255))] += weight * np.float32(posting >> byte)
        p = end
        entry += np.uint64(1)
    return p, entry
