"""Block-max pruning: bound every block, visit blocks by falling bound, stop when no bound can enter the top k.

After Mallia, Suel & Tonellotto, "Faster Learned Sparse Retrieval with Block-Max Pruning", SIGIR 2024.

Why it is safe: a block's bound is the float32 sum, over the query's terms in the same order, of weight × largest
impact. Rounding to float32 is monotone and every addend is at least that of any document of the block (0 where the
document lacks the term), so bound >= score holds for the rounded values too, not just for the real ones. Blocks whose
bound *equals* the threshold are still visited: they may hold a document that wins the tie by its lower number.
"""

import numpy as np
from numba import njit

from lsr_index.arrays import F32, I32, I64, U32
from lsr_index.kernels import heap
from lsr_index.postings import Postings

BUCKETS = 1024


@njit(cache=True, nogil=True)
def search(
    postings: Postings,
    block_size: int,
    terms: I32,
    weights: F32,
    accumulators: F32,
    bounds: F32,
    order: U32,
    scores: F32,
    documents: I64,
) -> int:
    """Return the same as `exhaustive.search`, scoring only blocks that can matter.

    Args:
        postings: `Postings` of the segment.
        block_size: Documents in a block.
        terms: int32[m] distinct term ids, rising.
        weights: float32[m] query weight × scale of the index, all > 0.
        accumulators: float32[>= block_size] scratch, all zero on entry and on return.
        bounds: float32[number of blocks] scratch.
        order: uint32[number of blocks] scratch.
        scores: float32[k] out, falling.
        documents: int64[k] out; equal scores stand in rising order.
    """
    k = scores.size
    _bound_blocks(postings, terms, weights, bounds)
    threshold = _first_threshold(postings, terms, weights, k)
    candidates = _by_falling_bound(bounds, threshold, order)
    size = 0
    for c in range(candidates):
        block = order[c]
        if bounds[block] < threshold:
            continue  # the order is by bucket, so a later block may still reach the threshold
        _score_block(postings, block, terms, weights, accumulators)
        base: int = np.int64(block) * block_size  # type: ignore[assignment]
        for slot in range(block_size):
            score = accumulators[slot]
            if score > 0:
                accumulators[slot] = 0
                if score >= threshold:
                    size = heap.push(scores, documents, size, score, base + slot)
        if size == k and scores[0] > threshold:
            threshold = scores[0]
    heap.sort(scores, documents, size)
    return size


@njit(cache=True, nogil=True)
def _bound_blocks(postings: Postings, terms: I32, weights: F32, bounds: F32) -> None:
    bounds[:] = 0
    for i in range(terms.size):
        weight = weights[i]
        for entry in range(postings.term_entries[terms[i]], postings.term_entries[terms[i] + 1]):
            bounds[postings.block_ids[entry]] += weight * np.float32(postings.block_maxima[entry])


@njit(cache=True, nogil=True)
def _first_threshold(postings: Postings, terms: I32, weights: F32, k: int) -> np.float32:
    # A term's k-th largest impact: k documents score at least weight × that, so nothing below can be in the top k.
    threshold = np.float32(0)
    column = 0 if k <= 10 else 1 if k <= 100 else 2
    if k <= 1000:
        for i in range(terms.size):
            threshold = max(threshold, weights[i] * np.float32(postings.kth_impacts[terms[i], column]))
    return threshold


@njit(cache=True, nogil=True)
def _by_falling_bound(bounds: F32, threshold: float | np.float32, order: U32) -> int:
    # A counting sort into buckets of equal width: near enough to falling order, linear in the number of blocks.
    # The bucket is a monotone function of the bound, so a block of a higher bucket never has a lower bound.
    highest = np.float32(0)
    for block in range(bounds.size):
        highest = max(highest, bounds[block])
    if highest <= 0:
        return 0
    ends = np.zeros(BUCKETS + 1, dtype=np.int64)
    factor = np.float32(BUCKETS - 1) / highest
    for block in range(bounds.size):
        if bounds[block] > 0 and bounds[block] >= threshold:
            ends[BUCKETS - 1 - int(bounds[block] * factor) + 1] += 1
    for bucket in range(BUCKETS):
        ends[bucket + 1] += ends[bucket]
    for block in range(bounds.size):
        if bounds[block] > 0 and bounds[block] >= threshold:
            bucket = BUCKETS - 1 - int(bounds[block] * factor)
            order[ends[bucket]] = block
            ends[bucket] += 1
    candidates: int = ends[BUCKETS]
    return candidates


@njit(cache=True, nogil=True)
def _score_block(postings: Postings, block: int, terms: I32, weights: F32, accumulators: F32) -> None:
    for i in range(terms.size):
        low = postings.term_entries[terms[i]]
        stop = postings.term_entries[terms[i] + 1]
        high = stop
        while low < high:  # ends: high - low falls at every turn
            middle = (low + high) >> 1
            if postings.block_ids[middle] < block:
                low = middle + 1
            else:
                high = middle
        if low < stop and postings.block_ids[low] == block:
            weight = weights[i]
            for p in range(postings.entry_postings[low], postings.entry_postings[low + 1]):
                accumulators[postings.slots[p]] += weight * np.float32(postings.impacts[p])
