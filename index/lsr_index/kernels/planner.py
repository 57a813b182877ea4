"""Which traversal answers a query: pruning where bounds can pay, else the scan.

The decision has two steps. Before anything is bounded: a small segment or a query of very many terms is scanned. After
the superblocks are bounded and the most promising ones scored (`blockmax.search`): if the superblocks that can still
matter cost more one by one than all postings in a row, the segment is scanned with the threshold that was found.
"""

import numpy as np
from numba import njit

from lsr_index.arrays import I32
from lsr_index.kernels.scratch import TERMS
from lsr_index.postings import CHUNK, FULL, SLOTS, Postings

SMALL = 8192  # documents; below, bounding costs more than it can save
# Nanoseconds, measured on one core of a 2020s x86 server; only their ratios matter.
POSTING, FULL_DOCUMENT, DOCUMENT = 1.8, 0.12, 0.35
BOUND, VISIT = 7.0, 14.0  # a superblock's blocks bounded, a superblock scored: for each query term


@njit(cache=True, nogil=True)
def worth_bounding(postings: Postings, terms: I32) -> bool:
    """Tell whether pruning is worth a try."""
    return postings.numbers.size >= SMALL and terms.size <= TERMS


@njit(cache=True, nogil=True)
def scan_cost(postings: Postings, terms: I32) -> float:
    """Estimate the nanoseconds of a scan."""
    chunks = (postings.numbers.size + CHUNK - 1) // CHUNK
    cost = DOCUMENT * postings.numbers.size
    for i in range(terms.size):
        first = np.int64(terms[i]) * chunks
        cost += POSTING * (postings.row_postings[first + chunks] - postings.row_postings[first])
        for row in range(first, first + chunks):
            if postings.row_forms[row] == FULL:
                cost += FULL_DOCUMENT * CHUNK
    return cost


@njit(cache=True, nogil=True)
def visit_cost(superblocks: int, passed: float, terms: int) -> float:
    """Estimate the nanoseconds of bounding the blocks of some superblocks and scoring the share `passed` of them."""
    return superblocks * (terms * (BOUND + passed * VISIT) + passed * SLOTS * DOCUMENT)
