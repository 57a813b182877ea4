"""What is done with one chunk: add rows to scores, of all its superblocks or of one; offer; clear.

`todo` has a line for every row that is left to be added: see the names below.
"""

# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
import numpy as np
from numba import njit

from lsr_index.arrays import I32, U64
from lsr_index.kernels import rows, topk
from lsr_index.kernels.mask import Mask
from lsr_index.kernels.rows import BYTE, ONE, SLOT
from lsr_index.kernels.scratch import Scratch
from lsr_index.kernels.topk import TopK
from lsr_index.postings import BLOCKS, DENSE, FULL, SLOTS, Postings

FIELDS = 6  # of a line: form, first posting, last + 1, first grid byte, last + 1, weight
END = 255  # in place of a form, after the last line


@njit(cache=True, nogil=True)
def add_few(
    postings: Postings, terms: I32, weights: I32, scratch: Scratch, chunk: int, chunks: int, todo: U64, sought: bool,
    light: np.int32,
) -> np.int64:  # fmt: skip
    """Add the flat rows of a chunk to the scores of their documents, and return how many postings there were.

    What is left for the visits is noted in `todo`: dense and full rows, those of light terms, or all, if `sought`.
    """
    forms, grid, grids = postings.row_forms, postings.grid, postings.row_grids
    packed, firsts, scores = postings.postings, postings.row_postings, scratch.scores
    left = np.uint64(0)
    added = np.int64(0)
    for i in range(np.uint64(terms.size)):
        row = np.uint64(terms[i]) * np.uint64(chunks) + np.uint64(chunk)
        p, until = np.uint64(firsts[row]), np.uint64(firsts[row + ONE])
        start, stop = np.uint64(grids[row]), np.uint64(grids[row + ONE])
        if forms[row] < DENSE and not sought and weights[i] >= light:
            rows.add_few(packed, p, until, grid, start, weights[i], scores)
            added += np.int64(until - p)
        else:
            todo[left, 0], todo[left, 1], todo[left, 2] = forms[row], p, until
            todo[left, 3], todo[left, 4], todo[left, 5] = start, stop, weights[i]
            left += ONE
    todo[left, 0] = END
    return added


@njit(cache=True, nogil=True)
def touch(postings: Postings, terms: I32, scratch: Scratch, chunk: int, chunks: int) -> None:
    """Mark the superblocks that `add_few` added to.

    Where so few postings were added that most superblocks have none, the others need neither bounds nor clearing.
    """
    packed, firsts, touched = postings.postings, postings.row_postings, scratch.touched
    for i in range(np.uint64(terms.size)):
        row = np.uint64(terms[i]) * np.uint64(chunks) + np.uint64(chunk)
        if postings.row_forms[row] < DENSE:
            for p in range(np.uint64(firsts[row]), np.uint64(firsts[row + ONE])):
                touched[np.uint64(packed[p]) >> BYTE] = 1


@njit(cache=True, nogil=True)
def add_many(postings: Postings, scratch: Scratch, todo: U64, superblocks: int) -> np.int64:
    """Add the dense and full rows of a whole chunk, and return how many postings there were."""
    added, m = np.int64(0), 0
    while todo[m, 0] != END:  # ends: `add_few` wrote it
        form, p, until, start, stop, weight = todo[m]
        rows.add_many(form, postings.postings, p, until, postings.grid, start, stop, np.int32(weight), scratch.scores)
        added += superblocks * SLOTS if form == FULL else np.int64(until - p)
        m += 1
    return added


@njit(cache=True, nogil=True)
def visit(postings: Postings, scratch: Scratch, todo: U64, superblock: np.uint64, superblocks: np.uint64) -> np.int64:
    """Add what `todo` holds in one superblock, and return how many postings there were."""
    grid, packed, scores = postings.grid, postings.postings, scratch.scores
    base = superblock << BYTE
    added, m = np.uint64(0), np.uint64(0)
    while todo[m, 0] != END:  # ends: `add_few` wrote it
        form, p, until, start = todo[m, 0], todo[m, 1], todo[m, 2], todo[m, 3]
        weight, low = np.int32(todo[m, 5]), start + superblocks * np.uint64(BLOCKS)
        if form == FULL:
            low += base
            for slot in range(np.uint64(SLOTS)):
                scores[base + slot] += weight * np.int32(grid[low + slot])
            added += np.uint64(SLOTS)
        elif form == DENSE:
            low += superblock
            end = rows.dense_end(p, until, grid, low, superblocks, superblock)
            first = p + (np.uint64(grid[low]) | (np.uint64(grid[low + superblocks]) << BYTE))
            for q in range(first, end):
                posting = np.uint64(packed[q])
                scores[base | (posting & SLOT)] += weight * np.int32(posting >> BYTE)
            added += end - first
        else:
            added += rows.add_found(packed, p, until, grid, start, weight, superblock, scores)
        m += ONE
    return np.int64(added)


@njit(cache=True, nogil=True)
def offer_touched(
    postings: Postings, scratch: Scratch, top: TopK, base: int, mask: Mask, first: np.uint64, superblocks: int
) -> int:
    """Offer the superblocks that may have scores, neighbours together, and return how many there were."""
    scores, touched, count, begin = scratch.scores, scratch.touched, 0, 0
    while begin < superblocks:  # ends: begin grows
        end = begin
        while end < superblocks and touched[end]:
            end += 1
        if end > begin:
            count += end - begin
            start, size = np.uint64(begin * SLOTS), np.uint64((end - begin) * SLOTS)
            topk.offer(top, scores, start, size, first + start, postings.numbers, base, mask.places)
        begin = end + 1
    return count


@njit(cache=True, nogil=True)
def clear(scratch: Scratch, superblocks: int) -> None:
    """Set the scores of the superblocks that were touched to 0 again."""
    scores = scratch.scores
    for superblock in range(np.uint64(superblocks)):
        if scratch.touched[superblock]:
            for place in range(superblock << BYTE, (superblock + ONE) << BYTE):
                scores[place] = 0
