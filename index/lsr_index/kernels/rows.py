"""Walks over one row of postings, in each of its forms.

Arrays come by name, without slices, and indexes without a sign: in these innermost parts every needless instruction
shows.
"""

# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
import numpy as np
from numba import njit

from lsr_index.arrays import I32, I64, U8, U16
from lsr_index.postings import BLOCKS, DENSE_BYTES, FLAT, FULL, FULL_BYTES, SLOTS, Postings

ONE, BYTE, SLOT = np.uint64(1), np.uint64(8), np.uint64(255)


@njit(cache=True, nogil=True)
def add_few(
    packed: U16, p: np.uint64, until: np.uint64, grid: U8, start: np.uint64, weight: np.int32, scores: I32
) -> None:
    """Add weight × impact to the score of every document of a flat row.

    Args:
        packed: `Postings.postings`.
        p: The row's first posting in it.
        until: Its last posting + 1.
        grid: `Postings.grid`.
        start: The row's first byte in it.
        weight: The term's weight in the query.
        scores: int32[>= documents of the chunk], of the chunk's documents.
    """
    for n in range(until - p):
        scores[np.uint64(packed[p + n])] += weight * np.int32(grid[start + n])


@njit(cache=True, nogil=True)
def add_found(
    packed: U16, p: np.uint64, until: np.uint64, grid: U8, start: np.uint64, weight: np.int32, superblock: np.uint64,
    scores: I32,
) -> np.uint64:  # fmt: skip
    """Look a superblock up in a flat row, do there what `add_few` does, and return how many postings there were."""
    if p == until:
        return np.uint64(0)
    low, size, first = p, until - p, superblock << BYTE
    while size > ONE:  # ends: the size halves. Without a branch: where it goes next cannot be foretold.
        half = size >> ONE
        low += half * np.uint64(packed[low + half - ONE] < first)
        size -= half
    low += np.uint64(packed[low] < first)
    q = low
    while q < until and np.uint64(packed[q]) >> BYTE == superblock:  # ends: q grows
        scores[np.uint64(packed[q])] += weight * np.int32(grid[start + q - p])
        q += ONE
    return q - low


@njit(cache=True, nogil=True)
def add_many(
    form: int, packed: U16, p: np.uint64, until: np.uint64, grid: U8, start: np.uint64, stop: np.uint64,
    weight: np.int32, scores: I32,
) -> None:  # fmt: skip
    """Add weight × impact to the score of every document of a dense or full row.

    Args:
        form: DENSE or FULL.
        packed: `Postings.postings`.
        p: The row's first posting in it.
        until: Its last posting + 1.
        grid: `Postings.grid`.
        start: The row's first byte in it.
        stop: Its last byte + 1.
        weight: The term's weight in the query.
        scores: int32[>= documents of the chunk], of the chunk's documents.
    """
    if form == FULL:
        places = (stop - start) // np.uint64(FULL_BYTES) * np.uint64(SLOTS)
        impacts = stop - places
        for place in range(places):
            scores[place] += weight * np.int32(grid[impacts + place])
        return
    count = (stop - start) // np.uint64(DENSE_BYTES)
    low = start + count * np.uint64(BLOCKS)
    q = p
    for superblock in range(count):
        end = dense_end(p, until, grid, low + superblock, count, superblock)
        base = superblock << BYTE
        while q < end:  # ends: q grows
            posting = np.uint64(packed[q])
            scores[base | (posting & SLOT)] += weight * np.int32(posting >> BYTE)
            q += ONE


@njit(cache=True, nogil=True, inline="always")
def dense_end(
    p: np.uint64, until: np.uint64, grid: U8, low: np.uint64, count: np.uint64, superblock: np.uint64
) -> np.uint64:
    """Return the last posting + 1 of a superblock of a dense row, which is the first one of the next superblock.

    Args:
        p: The row's first posting.
        until: Its last posting + 1.
        grid: `Postings.grid`.
        low: Where the low byte of the superblock's first posting lies in it.
        count: The chunk's superblocks.
        superblock: Within the chunk.
    """
    if superblock + ONE == count:
        return until
    return p + (np.uint64(grid[low + ONE]) | (np.uint64(grid[low + ONE + count]) << BYTE))


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
        return _decode_full(grid, places, impacts)
    if form == FLAT:
        for p in range(packed.size):
            places[p], impacts[p] = packed[p], grid[p]
        return packed.size
    count = np.uint64(grid.size // DENSE_BYTES)
    low, size = count * np.uint64(BLOCKS), np.uint64(packed.size)
    p = 0
    for superblock in range(count):
        while p < dense_end(np.uint64(0), size, grid, low + superblock, count, superblock):  # ends: p grows
            places[p] = superblock * np.uint64(SLOTS) + np.uint64(packed[p] & 255)
            impacts[p] = packed[p] >> 8
            p += 1
    return packed.size


@njit(cache=True, nogil=True)
def _decode_full(grid: U8, places: I64, impacts: U8) -> int:
    count = 0
    first = grid.size // FULL_BYTES * BLOCKS
    for place in range(grid.size - first):
        if grid[first + place]:
            places[count], impacts[count] = place, grid[first + place]
            count += 1
    return count
