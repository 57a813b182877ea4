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

from lsr_index.arrays import I32, I64, U64
from lsr_index.kernels import clock, planner, rows, topk
from lsr_index.kernels.limits import NEVER, Limits
from lsr_index.kernels.mask import Mask
from lsr_index.kernels.rows import BYTE, ONE, SLOT
from lsr_index.kernels.scratch import Scratch
from lsr_index.kernels.topk import TopK
from lsr_index.postings import BLOCK, BLOCKS, CHUNK, DENSE, FULL, SLOTS, WINDOW, Postings

DONE, STOPPED, LATE = 0, 1, 2
# What is left of a query in a chunk, a line a row: form, first posting, last + 1, first grid byte, last + 1, weight.
FIELDS = 6
END = 255  # in place of a form
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
    top.state[topk.THRESHOLD] = max(
        top.state[topk.THRESHOLD], _first_threshold(postings, terms, weights, top.state[topk.K], mask)
    )
    planner.order_chunks(postings, terms, weights, chunks, scratch.chunks)
    light = planner.light_below(weights, limits.share)
    todo = np.empty((terms.size + 1, FIELDS), np.uint64)
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
        sought = planner.look_up(postings, terms, chunk, chunks, open_superblocks)
        few = _add_few(postings, terms, weights, scratch, chunk, chunks, todo, sought, light if bound else 0)
        counts[2] += few
        plain = not bound and not sought
        scratch.touched[:] = few >= TOUCHING * superblocks or (plain and todo[0, 0] != END)
        if few < TOUCHING * superblocks and not sought:
            _touch(postings, terms, scratch, chunk, chunks)
        first = np.uint64(chunk * CHUNK)
        if plain:
            counts[3] += _add_many(postings, scratch, todo, superblocks)
            counts[1] += _offer_touched(postings, scratch, top, base, mask, first, superblocks)
        else:
            if sought:
                candidates = _open(scratch, mask, chunk, superblocks)
            else:
                _bound(postings, scratch, todo, mask, chunk, superblocks)
                counts[0] += superblocks
                candidates = _by_falling_bound(scratch, superblocks, _least(top, limits))
            visited, most = 0, _most(limits, size, postings.numbers.size)
            for c in range(candidates):
                superblock = np.uint64(scratch.order[c])
                if not sought and scratch.highest[superblock] < _least(top, limits):
                    continue  # the order is by bucket, so a later superblock may still reach the threshold
                if visited == most:
                    break
                visited += 1
                counts[3] += _visit(postings, scratch, todo, superblock, np.uint64(superblocks))
                scratch.touched[superblock] = 1
                start = superblock << BYTE
                place = first + start
                topk.offer(top, scratch.scores, start, np.uint64(SLOTS), place, postings.numbers, base, mask.places)
            counts[1] += visited
            if bounding == planner.WHERE_IT_PAYS and not sought:
                bound = planner.pays(visited, superblocks)
        _clear(scratch, superblocks)
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


@njit(cache=True, nogil=True)
def _first_threshold(postings: Postings, terms: I32, weights: I32, k: int, mask: Mask) -> np.int64:
    # A term's k-th largest impact: k documents score at least weight × that, so nothing below can be in the top k.
    threshold = np.int64(1)
    column = 0 if k <= 10 else 1 if k <= 100 else 2
    if k <= 1000 and mask.places.size == 0:
        for i in range(terms.size):
            threshold = max(threshold, np.int64(weights[i]) * np.int64(postings.kth_impacts[terms[i], column]))
    return threshold


@njit(cache=True, nogil=True)
def _add_few(
    postings: Postings, terms: I32, weights: I32, scratch: Scratch, chunk: int, chunks: int, todo: U64, sought: bool,
    light: np.int32,
) -> np.int64:  # fmt: skip
    # What is left for the visits is noted in `todo`: dense and full rows, those of light terms, or all, if `sought`.
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
def _touch(postings: Postings, terms: I32, scratch: Scratch, chunk: int, chunks: int) -> None:
    # Where so few postings were added that most superblocks have none, the others need neither bounds nor clearing.
    packed, firsts, touched = postings.postings, postings.row_postings, scratch.touched
    for i in range(np.uint64(terms.size)):
        row = np.uint64(terms[i]) * np.uint64(chunks) + np.uint64(chunk)
        if postings.row_forms[row] < DENSE:
            for p in range(np.uint64(firsts[row]), np.uint64(firsts[row + ONE])):
                touched[np.uint64(packed[p]) >> BYTE] = 1


@njit(cache=True, nogil=True)
def _offer_touched(
    postings: Postings, scratch: Scratch, top: TopK, base: int, mask: Mask, first: np.uint64, superblocks: int
) -> int:
    # Neighbours together, and how many there were.
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
def _clear(scratch: Scratch, superblocks: int) -> None:
    scores = scratch.scores
    for superblock in range(np.uint64(superblocks)):
        if scratch.touched[superblock]:
            for place in range(superblock << BYTE, (superblock + ONE) << BYTE):
                scores[place] = 0


@njit(cache=True, nogil=True)
def _add_many(postings: Postings, scratch: Scratch, todo: U64, superblocks: int) -> np.int64:
    # In a whole chunk.
    added, m = np.int64(0), 0
    while todo[m, 0] != END:  # ends: `_add_few` wrote it
        form, p, until, start, stop, weight = todo[m]
        rows.add_many(form, postings.postings, p, until, postings.grid, start, stop, np.int32(weight), scratch.scores)
        added += superblocks * SLOTS if form == FULL else np.int64(until - p)
        m += 1
    return added


@njit(cache=True, nogil=True)
def _visit(postings: Postings, scratch: Scratch, todo: U64, superblock: np.uint64, superblocks: np.uint64) -> np.int64:
    # Likewise, in one superblock.
    grid, packed, scores = postings.grid, postings.postings, scratch.scores
    base = superblock << BYTE
    added, m = np.uint64(0), np.uint64(0)
    while todo[m, 0] != END:  # ends: `_add_few` wrote it
        start, weight = todo[m, 3], np.int32(todo[m, 5])
        low = start + superblocks * np.uint64(BLOCKS)
        if todo[m, 0] == FULL:
            low += base
            for slot in range(np.uint64(SLOTS)):
                scores[base + slot] += weight * np.int32(grid[low + slot])
            added += np.uint64(SLOTS)
        else:
            p, until = todo[m, 1], todo[m, 2]
            if todo[m, 0] == DENSE:
                low += superblock
                end = rows.dense_end(p, until, grid, low, superblocks, superblock)
                first = p + (np.uint64(grid[low]) | (np.uint64(grid[low + superblocks]) << BYTE))
            else:
                added += rows.add_found(packed, p, until, grid, start, weight, superblock, scores)
                m += ONE
                continue
            for q in range(first, end):
                posting = np.uint64(packed[q])
                scores[base | (posting & SLOT)] += weight * np.int32(posting >> BYTE)
            added += end - first
        m += ONE
    return np.int64(added)


@njit(cache=True, nogil=True)
def _bound(postings: Postings, scratch: Scratch, todo: U64, mask: Mask, chunk: int, superblocks: int) -> None:
    grid = postings.grid
    bounds, scores, highest = scratch.bounds, scratch.scores, scratch.highest
    blocks = np.uint64(superblocks * BLOCKS)
    bounds[: np.int64(blocks)] = 0
    m = np.uint64(0)
    while todo[m, 0] != END:  # ends: `_add_few` wrote it
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
    # As at the end of `_bound`, but documents that must not be found count as -1, and blocks of only these as nothing.
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
