"""Superblock and block pruning: bound superblocks, visit them by falling bound, stop when none can enter the top k.

After Mallia, Suel & Tonellotto, "Faster Learned Sparse Retrieval with Block-Max Pruning", SIGIR 2024, and Carlson et
al., "Dynamic Superblock Pruning", SIGIR 2025. The threshold grows from the first window on.

Why it is safe: a bound is the float32 sum, over the query's terms in the same order as in a score, of weight × largest
impact. Rounding to float32 is monotone and every addend is at least that of any document of the block (0 where the
document lacks the term), so bound >= score holds for the rounded values too, not just for the real ones. Blocks whose
bound *equals* the threshold are still visited: they may hold a document that wins the tie by its lower number.
"""

# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
import numpy as np
from numba import njit

from lsr_index.arrays import F32, I32, I64, U8
from lsr_index.kernels import planner, rows, topk
from lsr_index.kernels.scratch import BUCKETS, Scratch
from lsr_index.kernels.topk import TopK
from lsr_index.postings import BLOCK, BLOCKS, CHUNK, DENSE, DENSE_BYTES, FULL, FULL_BYTES, SLOTS, WINDOW, Postings

FEW = 6  # postings; more of them are not looked at one by one to bound blocks
REVIEW = 16  # superblocks, after which the planner looks again; then after four times as many, and so on


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
    always: bool,
) -> bool:
    """Offer every document that can be among the best k to `top`; arguments as in `exhaustive.search`.

    Unless `always`, it gives up when a scan is cheaper: then it returns False, and the superblocks that it has offered
    have the bound -1 in `scratch.bounds`, so that the scan leaves them out.
    """
    chunks = (postings.numbers.size + CHUNK - 1) // CHUNK
    superblocks = (postings.numbers.size + SLOTS - 1) // SLOTS
    bounds = scratch.bounds
    _bound_superblocks(postings, terms, weights, scratch, chunks)
    counts[0] += superblocks
    top.threshold[0] = max(top.threshold[0], _first_threshold(postings, terms, weights, top.k[0], allowed))
    candidates = _by_falling_bound(bounds, superblocks, top.threshold[0], scratch)
    block_bounds = np.empty(BLOCKS, dtype=np.float32)
    window = scratch.scores[:SLOTS]
    scan_cost = planner.scan_cost(postings, terms)
    seen = passed = 0
    review = REVIEW
    for c in range(candidates):
        superblock = np.int64(scratch.order[c])
        if bounds[superblock] < top.threshold[0]:
            continue  # the order is by bucket, so a later superblock may still reach the threshold
        if seen == review and not always:
            left = 0
            for other in range(c, candidates):
                left += bounds[scratch.order[other]] >= top.threshold[0]
            # Bounds fall: of the superblocks to come, fewer pass than of those just seen.
            if planner.visit_cost(left, passed / seen, terms.size) > scan_cost:
                return False
            review *= 4
        seen += 1
        counts[1] += 1
        _bound_blocks(postings, terms, weights, scratch, chunks, superblock, block_bounds)
        highest = np.float32(0)
        for block in range(BLOCKS):
            highest = max(highest, block_bounds[block])
        if highest < top.threshold[0]:
            continue
        passed += 1
        bounds[superblock] = -1
        counts[2] += 1
        counts[3] += _score(postings, terms, weights, scratch, chunks, superblock, window)
        topk.offer(top, window, superblock * SLOTS, postings.numbers, base, allowed)
    return True


@njit(cache=True, nogil=True)
def _bound_superblocks(postings: Postings, terms: I32, weights: F32, scratch: Scratch, chunks: int) -> None:
    scratch.bounds[:] = 0
    scratch.places[: terms.size] = 0
    for i in range(terms.size):
        for chunk in range(chunks):
            part = slice(chunk * WINDOW, (chunk + 1) * WINDOW)
            row = np.int64(terms[i]) * chunks + chunk
            rows.add_bounds(postings, row, weights[i], scratch.bounds[part], scratch.places[i, part])


@njit(cache=True, nogil=True)
def _first_threshold(postings: Postings, terms: I32, weights: F32, k: int, allowed: U8) -> np.float32:
    # A term's k-th largest impact: k documents score at least weight × that, so nothing below can be in the top k.
    threshold = np.float32(0)
    column = 0 if k <= 10 else 1 if k <= 100 else 2
    if k <= 1000 and allowed.size == 0:
        for i in range(terms.size):
            threshold = max(threshold, weights[i] * np.float32(postings.kth_impacts[terms[i], column]))
    return threshold


@njit(cache=True, nogil=True)
def _by_falling_bound(bounds: F32, superblocks: int, threshold: float | np.float32, scratch: Scratch) -> int:
    # A counting sort into buckets of equal width: near enough to falling order, linear in the number of superblocks.
    # The bucket is a monotone function of the bound, so a superblock of a higher bucket never has a lower bound.
    highest = np.float32(0)
    for superblock in range(superblocks):
        highest = max(highest, bounds[superblock])
    if highest <= 0:
        return 0
    ends = scratch.ends
    ends[:] = 0
    # (bound × factor rounds monotonically, and for the highest it stays below BUCKETS.)
    factor = np.float32(BUCKETS - 1) / highest
    for superblock in range(superblocks):
        if bounds[superblock] > 0 and bounds[superblock] >= threshold:
            ends[BUCKETS - int(bounds[superblock] * factor)] += 1
    for bucket in range(BUCKETS):
        ends[bucket + 1] += ends[bucket]
    for superblock in range(superblocks):
        if bounds[superblock] > 0 and bounds[superblock] >= threshold:
            bucket = BUCKETS - 1 - int(bounds[superblock] * factor)
            scratch.order[ends[bucket]] = superblock
            ends[bucket] += 1
    candidates: int = ends[BUCKETS]
    return candidates


@njit(cache=True, nogil=True)
def _bound_blocks(
    postings: Postings, terms: I32, weights: F32, scratch: Scratch, chunks: int, superblock: int, bounds: F32
) -> None:
    # Arrays by name and indexes without a sign: in this innermost part, every needless instruction shows.
    forms, grid, grids = postings.row_forms, postings.grid, postings.row_grids
    packed, rows, places = postings.postings, postings.row_postings, scratch.places
    chunk = np.uint64(superblock // WINDOW)
    inside = np.uint64(superblock % WINDOW)
    here = np.uint64(superblock)
    bounds[:] = 0
    for i in range(np.uint64(terms.size)):
        weight = weights[i]
        row = np.uint64(terms[i]) * np.uint64(chunks) + chunk
        form = forms[row]
        if form >= DENSE:
            start = np.uint64(grids[row])
            size = np.uint64(grids[row + np.uint64(1)]) - start
            count = size // np.uint64(DENSE_BYTES) if form == DENSE else size // np.uint64(FULL_BYTES)
            first = start + count + inside * np.uint64(BLOCKS)
            for block in range(np.uint64(BLOCKS)):
                bounds[block] += weight * np.float32(grid[first + block])
            continue
        place = places[i, here]
        if place == 0:
            continue
        more = (place >> np.uint32(8)) & np.uint32(255)
        if more >= FEW:
            addend = weight * np.float32(place & np.uint32(255))
            for block in range(np.uint64(BLOCKS)):
                bounds[block] += addend
            continue
        # Every posting for its own: where two share a block, the bound is higher than need be.
        begin = np.uint64(rows[row]) + np.uint64(place >> np.uint32(16))
        for p in range(begin, begin + np.uint64(more) + np.uint64(1)):
            posting = np.uint64(packed[p])
            block = (posting & np.uint64(255)) // np.uint64(BLOCK)
            bounds[block] += weight * np.float32(posting >> np.uint64(8))


@njit(cache=True, nogil=True)
def _score(
    postings: Postings, terms: I32, weights: F32, scratch: Scratch, chunks: int, superblock: int, window: F32
) -> int:
    forms, grid, grids = postings.row_forms, postings.grid, postings.row_grids
    packed, rows, places = postings.postings, postings.row_postings, scratch.places
    chunk = np.uint64(superblock // WINDOW)
    inside = np.uint64(superblock % WINDOW)
    here = np.uint64(superblock)
    one, byte = np.uint64(1), np.uint64(8)
    touched = np.uint64(0)
    for i in range(np.uint64(terms.size)):
        weight = weights[i]
        row = np.uint64(terms[i]) * np.uint64(chunks) + chunk
        form = forms[row]
        if form == FULL:
            start = np.uint64(grids[row])
            count = (np.uint64(grids[row + one]) - start) // np.uint64(FULL_BYTES)
            start += count * np.uint64(1 + BLOCKS) + inside * np.uint64(SLOTS)
            for slot in range(np.uint64(SLOTS)):
                window[slot] += weight * np.float32(grid[start + slot])
            touched += np.uint64(SLOTS)
            continue
        begin = np.uint64(rows[row])
        if form == DENSE:
            start = np.uint64(grids[row])
            count = (np.uint64(grids[row + one]) - start) // np.uint64(DENSE_BYTES)
            low = start + count * np.uint64(1 + BLOCKS) + inside
            high = low + count
            stop = np.uint64(rows[row + one])
            if inside + one < count:
                stop = begin + (np.uint64(grid[low + one]) | (np.uint64(grid[high + one]) << byte))
            begin += np.uint64(grid[low]) | (np.uint64(grid[high]) << byte)
        else:
            place = places[i, here]
            if place == 0:
                continue
            begin += np.uint64(place >> np.uint32(16))
            stop = begin + np.uint64((place >> np.uint32(8)) & np.uint32(255)) + one
        touched += stop - begin
        for p in range(begin, stop):
            posting = np.uint64(packed[p])
            window[posting & np.uint64(255)] += weight * np.float32(posting >> byte)
    return np.int64(touched)
