"""Score everything, tile by tile: the traversal where bounds cannot pay.

Term at a time within a tile of 16 superblocks, whose scores stay in the first-level cache; every row is read once, from
front to back. Same sums in the same order as the oracle.
"""

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
    chunks = (postings.numbers.size + CHUNK - 1) // CHUNK
    superblocks = (postings.numbers.size + SLOTS - 1) // SLOTS
    cursors = np.empty((2, terms.size), dtype=np.int64)  # next posting and next sparse entry of each row
    for chunk in range(chunks):
        cursors[:] = 0
        end = min(WINDOW, superblocks - chunk * WINDOW)
        for i in range(terms.size):
            row = np.int64(terms[i]) * chunks + chunk
            counts[3] += postings.row_postings[row + 1] - postings.row_postings[row]
        for first in range(0, end, TILE):
            last = min(end, first + TILE)
            scores = scratch.scores[: (last - first) * SLOTS]
            for i in range(terms.size):
                row = np.int64(terms[i]) * chunks + chunk
                packed = postings.postings[postings.row_postings[row] : postings.row_postings[row + 1]]
                grid = postings.grid[postings.row_grids[row] : postings.row_grids[row + 1]]
                form = postings.row_forms[row]
                if form == FULL:
                    _add_full(grid, weights[i], first, scores)
                elif form == DENSE:
                    _add_dense(packed, grid, weights[i], first, last, scores)
                elif form == FLAT:
                    cursors[0, i] = _add_flat(packed, grid, weights[i], first, last, cursors[0, i], scores)
                else:
                    _add_sparse(packed, grid, weights[i], first, last, cursors[:, i], scores)
            if done.size:
                for superblock in range(first, last):
                    if done[chunk * WINDOW + superblock] < 0:
                        scores[(superblock - first) * SLOTS : (superblock - first + 1) * SLOTS] = 0
            topk.offer(top, scores, (chunk * WINDOW + first) * SLOTS, postings.numbers, base, allowed)
    counts[2] += superblocks


@njit(cache=True, nogil=True)
def _add_full(grid: U8, weight: np.float32, first: int, scores: F32) -> None:
    start = grid.size // FULL_BYTES * (1 + BLOCKS) + first * SLOTS
    impacts = grid[start : start + scores.size]
    for place in range(scores.size):
        scores[place] += weight * np.float32(impacts[place])


@njit(cache=True, nogil=True)
def _add_dense(packed: U16, grid: U8, weight: np.float32, first: int, last: int, scores: F32) -> None:
    count = grid.size // DENSE_BYTES
    low, high = grid[grid.size - 2 * count : grid.size - count], grid[grid.size - count :]
    start = np.uint32(low[first]) | (np.uint32(high[first]) << np.uint32(8))
    for superblock in range(first, last):
        end = np.uint32(packed.size)
        if superblock + 1 < count:
            end = np.uint32(low[superblock + 1]) | (np.uint32(high[superblock + 1]) << np.uint32(8))
        base = np.uint32((superblock - first) * SLOTS)
        for p in range(start, end):
            posting = np.uint32(packed[p])
            scores[base + (posting & np.uint32(255))] += weight * np.float32(posting >> np.uint32(8))
        start = end


@njit(cache=True, nogil=True)
def _add_flat(packed: U16, grid: U8, weight: np.float32, first: int, last: int, cursor: int, scores: F32) -> int:
    p = np.uint64(cursor)
    size = np.uint64(packed.size)
    while p < size and grid[p] < last:  # ends: p grows
        posting = np.uint32(packed[p])
        place = (np.uint32(grid[p] - first) << np.uint32(8)) | (posting & np.uint32(255))
        scores[place] += weight * np.float32(posting >> np.uint32(8))
        p += np.uint64(1)
    return np.int64(p)


@njit(cache=True, nogil=True)
def _add_sparse(packed: U16, grid: U8, weight: np.float32, first: int, last: int, cursors: I64, scores: F32) -> None:
    entries = np.uint64(grid.size // SPARSE_BYTES)
    p, entry = np.uint64(cursors[0]), np.uint64(cursors[1])
    while entry < entries and grid[entry] < last:  # ends: the entry grows
        base = np.uint32(grid[entry] - first) << np.uint32(8)
        end = p + np.uint64(grid[np.uint64(2) * entries + entry]) + np.uint64(1)
        while p < end:
            posting = np.uint32(packed[p])
            scores[base | (posting & np.uint32(255))] += weight * np.float32(posting >> np.uint32(8))
            p += np.uint64(1)
        entry += np.uint64(1)
    cursors[0], cursors[1] = np.int64(p), np.int64(entry)
