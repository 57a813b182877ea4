"""Bounds of a chunk's superblocks, and the order to visit them in."""

# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
import numpy as np
from numba import njit

from lsr_index.arrays import U64
from lsr_index.kernels.mask import Mask
from lsr_index.kernels.rows import ONE
from lsr_index.kernels.scratch import Scratch
from lsr_index.kernels.steps import END
from lsr_index.postings import BLOCK, BLOCKS, CHUNK, DENSE, SLOTS, WINDOW, Postings


@njit(cache=True, nogil=True)
def bound(postings: Postings, scratch: Scratch, todo: U64, mask: Mask, chunk: int, superblocks: int) -> None:
    """Bound every superblock of a chunk: its best block by scores so far and the maxima of dense and full rows."""
    grid = postings.grid
    bounds, scores, highest = scratch.bounds, scratch.scores, scratch.highest
    blocks = np.uint64(superblocks * BLOCKS)
    bounds[: np.int64(blocks)] = 0
    m = np.uint64(0)
    while todo[m, 0] != END:  # ends: `add_few` wrote it
        if todo[m, 0] >= DENSE:
            start, weight = todo[m, 3], np.int32(todo[m, 5])
            for block in range(blocks):
                bounds[block] += weight * np.int32(grid[start + block])
        m += ONE
    if mask.places.size:
        _best_open_blocks(scratch, mask, chunk, superblocks)
        return
    for superblock in range(np.uint64(superblocks)):
        first, start = superblock * np.uint64(BLOCKS), superblock * np.uint64(SLOTS)
        best = np.int32(0)
        if not scratch.touched[superblock]:
            for block in range(np.uint64(BLOCKS)):
                best = max(best, bounds[first + block])
            highest[superblock] = best
            continue
        for block in range(np.uint64(BLOCKS)):  # block b has the slots b, b + 16, …: vector operations
            most = scores[start + block]
            for lane in range(np.uint64(1), np.uint64(BLOCK)):
                most = max(most, scores[start + lane * np.uint64(BLOCKS) + block])
            best = max(best, np.int32(bounds[first + block] + most))
        highest[superblock] = best


@njit(cache=True, nogil=True)
def _best_open_blocks(scratch: Scratch, mask: Mask, chunk: int, superblocks: int) -> None:
    # As at the end of `bound`, but documents that must not be found count as -1, and blocks of only these as nothing.
    bounds, scores, places = scratch.bounds, scratch.scores, mask.places
    for superblock in range(np.uint64(superblocks)):
        first, start = superblock * np.uint64(BLOCKS), superblock * np.uint64(SLOTS)
        place = np.uint64(chunk * CHUNK) + start
        best = np.int32(0)
        for block in range(np.uint64(BLOCKS)):
            most = np.int32(-1)
            for lane in range(np.uint64(BLOCK)):
                at = lane * np.uint64(BLOCKS) + block
                may = np.int32(places[place + at])
                most = max(most, np.int32(scores[start + at] * may + may - np.int32(1)))
            best = max(best, np.int32(bounds[first + block] + most) * np.int32(most >= 0))
        scratch.highest[superblock] = best


@njit(cache=True, nogil=True)
def by_falling_bound(scratch: Scratch, superblocks: int, least: int) -> int:
    """List the superblocks whose bound is at least `least`, and return how many there are.

    A counting sort into buckets of equal width: near enough to falling order, linear in the number of superblocks. The
    bucket is a monotone function of the bound, so a superblock of a higher bucket never has a lower bound.
    """
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
