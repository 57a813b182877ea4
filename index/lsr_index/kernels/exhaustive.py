"""The oracle: score every document, term at a time, and keep the best k. All other traversals are tested against it."""

import numpy as np
from numba import njit

from lsr_index.arrays import F32, I32, I64, U32
from lsr_index.kernels import heap
from lsr_index.postings import Postings


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
    """Fill `scores` and `documents` with the best matches and return how many there are.

    Args:
        postings: `Postings` of the segment.
        block_size: Documents in a block.
        terms: int32[m] distinct term ids, rising.
        weights: float32[m] query weight × scale of the index, all > 0.
        accumulators: float32[n] scratch, all zero on entry and on return; n documents.
        bounds: float32[number of blocks] scratch, not used here.
        order: uint32[number of blocks] scratch, not used here.
        scores: float32[k] out, falling.
        documents: int64[k] out; equal scores stand in rising order.

    A score is the float32 sum of weight × impact over the query's terms in the given order.
    """
    for i in range(terms.size):
        weight = weights[i]
        for entry in range(postings.term_entries[terms[i]], postings.term_entries[terms[i] + 1]):
            base = postings.block_ids[entry] * block_size
            for p in range(postings.entry_postings[entry], postings.entry_postings[entry + 1]):
                accumulators[base + postings.slots[p]] += weight * np.float32(postings.impacts[p])
    size = 0
    for document in range(accumulators.size):
        score = accumulators[document]
        if score > 0:
            size = heap.push(scores, documents, size, score, document)
            accumulators[document] = 0
    heap.sort(scores, documents, size)
    return size
