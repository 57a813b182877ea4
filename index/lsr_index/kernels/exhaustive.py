"""The oracle: score every document, term at a time, and keep the best k. All other traversals are tested against it."""

# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
import numpy as np
from numba import njit

from lsr_index.arrays import F32, I32, I64, U8
from lsr_index.kernels import rows, topk
from lsr_index.kernels.scratch import Scratch
from lsr_index.kernels.topk import TopK
from lsr_index.postings import CHUNK, SLOTS, WINDOW, Postings


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
    done: F32,
) -> None:
    """Offer every document that matches to `top`.

    Args:
        postings: `Postings` of the segment.
        terms: int32[m] distinct term ids.
        weights: float32[m] query weight × scale of the index, all > 0.
        base: Added to document numbers (earlier segments' documents).
        allowed: uint8[N] 0 at places of documents that must not be found; empty if all may.
        scratch: Reused memory, zero where its fields say so, on entry and on return.
        top: The best documents so far; its threshold must hold for this query.
        counts: int64[4] advanced: superblocks bounded, superblocks whose blocks were bounded, superblocks scored,
            postings scored.
        done: float32[superblocks] -1 where a superblock was offered before; empty if none was.

    A score is the float32 sum of weight × impact over the query's terms in the given order.
    """
    chunks = (postings.numbers.size + CHUNK - 1) // CHUNK
    for chunk in range(chunks):
        places = min(CHUNK, postings.numbers.size - chunk * CHUNK)
        scores = scratch.scores[: (places + SLOTS - 1) // SLOTS * SLOTS]
        for i in range(terms.size):
            row = np.int64(terms[i]) * chunks + chunk
            rows.add_scores(postings, row, weights[i], scores)
            counts[3] += postings.row_postings[row + 1] - postings.row_postings[row]
        counts[2] += scores.size // SLOTS
        for superblock in range(min(done.size, scores.size // SLOTS)):
            if done[chunk * WINDOW + superblock] < 0:
                scores[superblock * SLOTS : (superblock + 1) * SLOTS] = 0
        topk.offer(top, scores, chunk * CHUNK, postings.numbers, base, allowed)
