"""Which traversal answers a query: pruning where bounds pay, else the scan.

Three looks, each cheap beside what it saves. A small segment or a query of very many terms is scanned. When the
superblocks are bounded and some of the most promising ones scored (`blockmax.search`), what is left is priced; if the
scan is cheaper, pruning gives up, at the price of one attempt. So a thread remembers, for each kind of query, whether
attempts paid, and after every failure in a row tries half as often, down to one query in 64. Whatever is chosen, the
answer is the same.
"""

import numpy as np
from numba import njit

from lsr_index.arrays import I32, I64
from lsr_index.kernels.scratch import TERMS
from lsr_index.postings import CHUNK, FULL, Postings

SMALL = 8192  # documents; below, bounding costs more than it can save
SELDOM = 63  # queries of a kind that are scanned between two attempts at most
# Nanoseconds, measured on one core of a 2020s x86 server; only their ratios matter.
POSTING, FULL_DOCUMENT, DOCUMENT = 1.8, 0.12, 0.35
BOUND, VISIT, OFFER = 13.0, 26.0, 300.0  # blocks bounded, superblock scored: each for a query term; scores offered


@njit(cache=True, nogil=True)
def worth_trying(postings: Postings, terms: I32, k: int, memory: I64) -> bool:
    """Tell whether pruning is worth an attempt.

    Args:
        postings: The segment.
        terms: int32[m] the query's terms.
        k: How many documents are wanted.
        memory: int64[KINDS, 2] of this thread: queries of each kind to scan before the next attempt; how many after a
            failure. Advanced.
    """
    if postings.numbers.size < SMALL or terms.size > TERMS:
        return False
    kind = _kind(terms, k)
    if memory[kind, 0] > 0:
        memory[kind, 0] -= 1
        return False
    return True


@njit(cache=True, nogil=True)
def remember(terms: I32, k: int, paid: bool, memory: I64) -> None:
    """Note how an attempt went."""
    kind = _kind(terms, k)
    memory[kind, 1] = 0 if paid else min(SELDOM, 2 * memory[kind, 1] + 1)
    memory[kind, 0] = memory[kind, 1]


@njit(cache=True, nogil=True)
def _kind(terms: I32, k: int) -> int:
    depth = 0 if k <= 10 else 1 if k <= 100 else 2 if k <= 1000 else 3
    length = 0 if terms.size <= 8 else 1 if terms.size <= 24 else 2
    return depth * 3 + length


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
    return superblocks * (terms * (BOUND + passed * VISIT) + passed * OFFER)
