"""Lists of the documents that can reach the threshold: uint64 place << 32 | score, places counted within the chunk.

`lines` has a line for every row of the query in the chunk: see the names below.
"""

# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
import numpy as np
from numba import njit

from lsr_index.arrays import I32, U8, U16, U64
from lsr_index.kernels import rows
from lsr_index.kernels.rows import BYTE, ONE, SLOT
from lsr_index.postings import BLOCKS, FLAT, FULL, SLOTS, WINDOW

FORM, FIRST, LAST, START, WEIGHT, FIELDS = 0, 1, 2, 3, 4, 5  # first posting, last + 1, first grid byte
MOST = 8 * WINDOW + SLOTS  # documents that are listed at a time at most: a flat row, or a superblock
NIBBLE, WORD = np.uint64(4), np.uint64(32)


@njit(cache=True, nogil=True)
def from_row(packed: U16, p: np.uint64, until: np.uint64, scores: I32, least: np.int32, found: U64) -> np.uint64:
    """List a flat row's documents whose score reaches `least`, and set all its documents' scores to 0."""
    count = np.uint64(0)
    for q in range(p, until):
        place = np.uint64(packed[q])
        score = scores[place]
        scores[place] = 0
        if score >= least:
            found[count] = place << WORD | np.uint64(score)
            count += ONE
    return count


@njit(cache=True, nogil=True)
def from_row_and_bounds(
    packed: U16, p: np.uint64, until: np.uint64, scores: I32, bounds: I32, least: np.int32, found: U64
) -> np.uint64:
    """Do the same for documents that have a score which reaches `least` together with the bound of their block."""
    count = np.uint64(0)
    for q in range(p, until):
        place = np.uint64(packed[q])
        score = scores[place]
        scores[place] = 0
        bound = bounds[(place >> BYTE) << NIBBLE | (place & np.uint64(BLOCKS - 1))]
        if score + bound >= least and score > 0:
            found[count] = place << WORD | np.uint64(score)
            count += ONE
    return count


@njit(cache=True, nogil=True)
def from_superblock(base: np.uint64, scores: I32, least: np.int32, found: U64) -> np.uint64:
    """Do the same for the superblock that begins at the place `base`."""
    count = np.uint64(0)
    for place in range(base, base + np.uint64(SLOTS)):
        if scores[place] >= least:
            found[count] = place << WORD | np.uint64(scores[place])
            count += ONE
    for place in range(base, base + np.uint64(SLOTS)):
        scores[place] = 0
    return count


@njit(cache=True, nogil=True)
def look_up(packed: U16, grid: U8, lines: U64, superblocks: np.uint64, found: U64, count: np.uint64) -> np.int64:
    """Add dense and full rows to the listed scores, and return how many postings were looked at."""
    seen = np.uint64(0)
    for i in range(np.uint64(len(lines))):
        form, weight = lines[i, FORM], lines[i, WEIGHT]
        if form == FLAT:
            continue
        first, until, low = lines[i, FIRST], lines[i, LAST], lines[i, START] + superblocks * np.uint64(BLOCKS)
        for c in range(count):
            place = found[c] >> WORD
            if form == FULL:
                found[c] += weight * np.uint64(grid[low + place])
                continue
            superblock, slot = place >> BYTE, place & SLOT
            at = low + superblock
            q = first + (np.uint64(grid[at]) | (np.uint64(grid[at + superblocks]) << BYTE))
            end = rows.dense_end(first, until, grid, at, superblocks, superblock)
            seen += end - q
            while q < end and np.uint64(packed[q]) & SLOT < slot:  # ends: q grows
                q += ONE
            if q < end and np.uint64(packed[q]) & SLOT == slot:
                found[c] += weight * (np.uint64(packed[q]) >> BYTE)
    return np.int64(seen)
