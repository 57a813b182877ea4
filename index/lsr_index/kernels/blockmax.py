"""Block-max pruning: score every chunk as far as it can matter.

A chunk of 65,536 documents at a time, whose scores stay in the second-level cache:

1. The postings of flat rows, which are few, are added to the scores of their documents.
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

from lsr_index.arrays import I32, I64
from lsr_index.kernels import bounds, clock, planner, steps, topk
from lsr_index.kernels.limits import NEVER, Limits
from lsr_index.kernels.mask import Mask
from lsr_index.kernels.rows import BYTE
from lsr_index.kernels.scratch import Scratch
from lsr_index.kernels.topk import TopK
from lsr_index.postings import CHUNK, SLOTS, WINDOW, Postings

DONE, STOPPED, LATE = 0, 1, 2
TOUCHING = 2  # postings a superblock; fewer of a query's flat rows leave many superblocks without any


@njit(cache=True, nogil=True)
def search(
    postings: Postings,
    terms: I32,
    weights: I32,
    base: int,
    mask: Mask,
    limits: Limits,
    bounding: int,
    scratch: Scratch,
    top: TopK,
    counts: I64,
) -> int:
    """Offer every document that can be among the best k to `top`.

    Args:
        postings: As in `exhaustive.search`, like all that are not explained here.
        terms: Likewise.
        weights: Likewise.
        base: Likewise.
        mask: Likewise.
        limits: What may be left out.
        bounding: `planner.BOUNDS`, `NO_BOUNDS`, or `WHERE_IT_PAYS`: then it stops where it does not.
        scratch: Likewise.
        top: Likewise.
        counts: Likewise.

    Returns:
        DONE; STOPPED, if bounding did not pay; or LATE, if the deadline came before the end.
    """
    chunks = (postings.numbers.size + CHUNK - 1) // CHUNK
    planner.order_chunks(postings, terms, weights, chunks, scratch.chunks)
    light = planner.light_below(weights, limits.share)
    todo = np.empty((terms.size + 1, steps.FIELDS), np.uint64)
    bound = bounding != planner.NO_BOUNDS
    for turn in range(chunks):
        if limits.deadline != NEVER and clock.now() >= limits.deadline:
            return LATE
        chunk = scratch.chunks[turn]
        size = min(CHUNK, postings.numbers.size - chunk * CHUNK)
        superblocks = (size + SLOTS - 1) // SLOTS
        open_superblocks = superblocks
        if mask.places.size:
            open_superblocks = _count_open(mask, chunk, superblocks)
            if open_superblocks == 0:
                continue
        sought = planner.look_up(postings, terms, chunk, chunks, open_superblocks, superblocks)
        few = steps.add_few(postings, terms, weights, scratch, chunk, chunks, todo, sought, light if bound else 0)
        counts[2] += few
        plain = not bound and not sought
        everywhere = few >= TOUCHING * superblocks or (plain and todo[0, 0] != steps.END)
        scratch.touched[:] = everywhere
        if not everywhere and not sought:
            steps.touch(postings, terms, scratch, chunk, chunks)
        first = np.uint64(chunk * CHUNK)
        if plain:
            counts[3] += steps.add_many(postings, scratch, todo, superblocks)
            counts[1] += steps.offer_touched(postings, scratch, top, base, mask, first, superblocks)
        else:
            if sought:
                candidates = _open(scratch, mask, chunk, superblocks)
            else:
                bounds.bound(postings, scratch, todo, mask, chunk, superblocks)
                counts[0] += superblocks
                candidates = bounds.by_falling_bound(scratch, superblocks, _least(top, limits))
            visited, most = 0, _most(limits, size, postings.numbers.size)
            for c in range(candidates):
                superblock = np.uint64(scratch.order[c])
                if not sought and scratch.highest[superblock] < _least(top, limits):
                    continue  # the order is by bucket, so a later superblock may still reach the threshold
                if visited == most:
                    break
                visited += 1
                counts[3] += steps.visit(postings, scratch, todo, superblock, np.uint64(superblocks))
                scratch.touched[superblock] = 1
                start = superblock << BYTE
                place = first + start
                topk.offer(top, scratch.scores, start, np.uint64(SLOTS), place, postings.numbers, base, mask.places)
            counts[1] += visited
            if bounding == planner.WHERE_IT_PAYS and not sought:
                bound = planner.pays(visited, superblocks)
        steps.clear(scratch, superblocks)
    return DONE if bound or bounding == planner.NO_BOUNDS else STOPPED


@njit(cache=True, nogil=True, inline="always")
def _least(top: TopK, limits: Limits) -> np.int64:
    # What a bound must reach.
    return np.int64(top.state[topk.THRESHOLD] * limits.overestimate)


@njit(cache=True, nogil=True, inline="always")
def _most(limits: Limits, size: int, documents: int) -> np.int64:
    # How many superblocks of a chunk may be visited: its share of γ.
    if limits.superblocks == NEVER:
        return limits.superblocks
    return max(np.int64(1), np.int64(limits.superblocks * np.float64(size) / documents))


@njit(cache=True, nogil=True)
def _count_open(mask: Mask, chunk: int, superblocks: int) -> int:
    count = 0
    for superblock in range(chunk * WINDOW, chunk * WINDOW + superblocks):
        count += mask.superblocks[superblock]
    return count


@njit(cache=True, nogil=True)
def _open(scratch: Scratch, mask: Mask, chunk: int, superblocks: int) -> int:
    # List the superblocks where something may be found.
    count = 0
    for superblock in range(superblocks):
        scratch.order[count] = superblock
        count += mask.superblocks[chunk * WINDOW + superblock]
    return count
