"""Walks over one row of postings, in each of its forms; shared by the traversals."""

# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
import numpy as np
from numba import njit

from lsr_index.arrays import F32, I64, U8, U16, U32
from lsr_index.postings import BLOCKS, DENSE, DENSE_BYTES, FLAT, FULL, FULL_BYTES, SLOTS, SPARSE, SPARSE_BYTES, Postings


@njit(cache=True, nogil=True)
def add_scores(postings: Postings, row: int, weight: np.float32, scores: F32) -> None:
    """Add weight × impact to the score of every document of a row.

    Args:
        postings: The segment.
        row: term × chunks + chunk.
        weight: float32 query weight.
        scores: float32[>= documents of the chunk], of the chunk's documents.
    """
    packed = postings.postings[postings.row_postings[row] : postings.row_postings[row + 1]]
    grid = postings.grid[postings.row_grids[row] : postings.row_grids[row + 1]]
    form = postings.row_forms[row]
    if form == FULL:
        impacts = grid[grid.size // FULL_BYTES * (1 + BLOCKS) :]
        for place in range(impacts.size):
            scores[place] += weight * np.float32(impacts[place])
    elif form == FLAT:
        for p in range(packed.size):
            posting = np.uint32(packed[p])
            place = (np.uint32(grid[p]) << np.uint32(8)) | (posting & np.uint32(255))
            scores[place] += weight * np.float32(posting >> np.uint32(8))
    elif form == SPARSE:
        entries = grid.size // SPARSE_BYTES
        p = 0
        for entry in range(entries):
            window = scores[np.int64(grid[entry]) * SLOTS :]
            end = p + np.int64(grid[2 * entries + entry]) + 1
            _add(packed, p, end, weight, window)
            p = end
    else:
        count = grid.size // DENSE_BYTES
        low, high = grid[grid.size - 2 * count : grid.size - count], grid[grid.size - count :]
        start = 0
        for superblock in range(count):
            end = packed.size
            if superblock + 1 < count:
                end = np.int64(low[superblock + 1]) | (np.int64(high[superblock + 1]) << 8)
            _add(packed, start, end, weight, scores[superblock * SLOTS :])
            start = end


@njit(cache=True, nogil=True, inline="always")
def _add(packed: U16, start: int, end: int, weight: np.float32, window: F32) -> None:
    for p in range(start, end):
        posting = np.uint32(packed[p])
        window[posting & np.uint32(255)] += weight * np.float32(posting >> np.uint32(8))


@njit(cache=True, nogil=True)
def add_bounds(postings: Postings, row: int, weight: np.float32, bounds: F32, places: U32) -> None:
    """Add weight × largest impact to the bound of every superblock of a row.

    Args:
        postings: The segment.
        row: term × chunks + chunk.
        weight: float32 query weight.
        bounds: float32[superblocks of the chunk]
        places: uint32[superblocks of the chunk] out, for rows that are not dense: first posting in the row × 65536 +
            (postings - 1) × 256 + largest impact, where the row has postings.
    """
    grid = postings.grid[postings.row_grids[row] : postings.row_grids[row + 1]]
    form = postings.row_forms[row]
    if form in (DENSE, FULL):
        maxima = grid[: grid.size // (DENSE_BYTES if form == DENSE else FULL_BYTES)]
        for superblock in range(maxima.size):
            bounds[superblock] += weight * np.float32(maxima[superblock])
    elif form == SPARSE:
        entries = grid.size // SPARSE_BYTES
        start = np.uint32(0)
        for entry in range(entries):
            superblock = grid[entry]
            impact, more = np.uint32(grid[entries + entry]), np.uint32(grid[2 * entries + entry])
            bounds[superblock] += weight * np.float32(impact)
            places[superblock] = (start << np.uint32(16)) | (more << np.uint32(8)) | impact
            start += more + np.uint32(1)
    else:
        packed = postings.postings[postings.row_postings[row] : postings.row_postings[row + 1]]
        _add_flat_bounds(packed, grid, weight, bounds, places)


@njit(cache=True, nogil=True)
def _add_flat_bounds(packed: U16, grid: U8, weight: np.float32, bounds: F32, places: U32) -> None:
    p = 0
    while p < packed.size:  # ends: p grows
        superblock = grid[p]
        start = np.uint32(p)
        impact = np.uint32(packed[p] >> 8)
        p += 1
        while p < packed.size and grid[p] == superblock:
            impact = max(impact, np.uint32(packed[p] >> 8))
            p += 1
        bounds[superblock] += weight * np.float32(impact)
        places[superblock] = (start << np.uint32(16)) | ((np.uint32(p) - start - np.uint32(1)) << np.uint32(8)) | impact


@njit(cache=True, nogil=True)
def decode(postings: Postings, row: int, places: I64, impacts: U8) -> int:
    """Write a row's postings out and return how many there are.

    Args:
        postings: The segment.
        row: term × chunks + chunk.
        places: int64[CHUNK] out, places within the chunk, rising.
        impacts: uint8[CHUNK] out.
    """
    packed = postings.postings[postings.row_postings[row] : postings.row_postings[row + 1]]
    grid = postings.grid[postings.row_grids[row] : postings.row_grids[row + 1]]
    form = postings.row_forms[row]
    if form == FULL:
        count = 0
        first = grid.size // FULL_BYTES * (1 + BLOCKS)
        for place in range(grid.size - first):
            if grid[first + place]:
                places[count], impacts[count] = place, grid[first + place]
                count += 1
        return count
    if form == FLAT:
        for p in range(packed.size):
            places[p] = np.int64(grid[p]) * SLOTS
    elif form == SPARSE:
        entries = grid.size // SPARSE_BYTES
        p = 0
        for entry in range(entries):
            for _ in range(np.int64(grid[2 * entries + entry]) + 1):
                places[p] = np.int64(grid[entry]) * SLOTS
                p += 1
    else:
        count = grid.size // DENSE_BYTES
        p = 0
        for superblock in range(count):
            end = packed.size
            if superblock + 1 < count:
                end = np.int64(grid[grid.size - 2 * count + superblock + 1]) | (
                    np.int64(grid[grid.size - count + superblock + 1]) << 8
                )
            while p < end:  # ends: p grows
                places[p] = superblock * SLOTS
                p += 1
    for p in range(packed.size):
        places[p] += packed[p] & 255
        impacts[p] = packed[p] >> 8
    return packed.size
