"""The oracle: score every document, posting by posting, and keep the best k. The traversal is tested against it."""

# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
import numpy as np
from numba import njit

from lsr_index.arrays import I32, I64
from lsr_index.kernels import rows, topk
from lsr_index.kernels.mask import Mask
from lsr_index.kernels.scratch import Scratch
from lsr_index.kernels.topk import TopK
from lsr_index.postings import CHUNK, Postings


@njit(cache=True, nogil=True)
def search(
    postings: Postings,
    terms: I32,
    weights: I32,
    base: int,
    mask: Mask,
    scratch: Scratch,
    top: TopK,
    counts: I64,
) -> None:
    """Offer every document that matches to `top`.

    Args:
        postings: `Postings` of the segment.
        terms: int32[m] distinct term ids.
        weights: int32[m] their weights in the query, see `answer`; all > 0.
        base: Added to document numbers (earlier segments' documents).
        mask: Which documents may be found.
        scratch: Reused memory, zero where its fields say so, on entry and on return.
        top: The best documents so far; its threshold must hold for this query.
        counts: int64[4] advanced: superblocks bounded, superblocks scored, postings of sparse and flat rows added,
            postings of dense and full rows added.

    A score is the sum of weight × impact over the query's terms: whole numbers, so the order of adding is of no matter.
    """
    chunks = (postings.numbers.size + CHUNK - 1) // CHUNK
    places, impacts = np.empty(CHUNK, np.int64), np.empty(CHUNK, np.uint8)
    for chunk in range(chunks):
        for i in range(terms.size):
            count = rows.decode(postings, np.int64(terms[i]) * chunks + chunk, places, impacts)
            counts[2] += count
            for p in range(count):
                scratch.scores[places[p]] += weights[i] * np.int32(impacts[p])
        for inside in range(min(CHUNK, postings.numbers.size - chunk * CHUNK)):
            score = scratch.scores[inside]
            place = chunk * CHUNK + inside
            if score > 0 and score >= top.state[topk.THRESHOLD] and (mask.places.size == 0 or mask.places[place]):
                topk.push(top, score, np.uint32(base + postings.numbers[place]))
            scratch.scores[inside] = 0
