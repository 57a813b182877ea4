"""Numba passes that turn spilled vectors into term-major, block-wise postings."""

import numpy as np
from numba import njit

from lsr_index.arrays import I32, I64, U8, U32


@njit(cache=True, nogil=True)
def scatter(
    lengths: I32,
    terms: U32,
    impacts: U8,
    first_document: int,
    cursors: I64,
    out_documents: U32,
    out_impacts: U8,
) -> None:
    """Move the postings of some consecutive documents to their place in term-major order.

    Args:
        lengths: int32[d] postings of each document.
        terms: uint32[p] term ids, document after document.
        impacts: uint8[p] their impacts.
        first_document: Number of the first document.
        cursors: int64[V] next free place of each term; advanced.
        out_documents: uint32[P] out.
        out_impacts: uint8[P] out.

    Documents arrive in rising order, so each term's postings end up in rising order.
    """
    p = 0
    for d in range(lengths.size):
        for _ in range(lengths[d]):
            place = cursors[terms[p]]
            out_documents[place] = first_document + d
            out_impacts[place] = impacts[p]
            cursors[terms[p]] = place + 1
            p += 1


@njit(cache=True, nogil=True)
def count_entries(starts: I64, documents: U32, block_size: int, out_counts: I64) -> None:
    """Count the blocks that each term occurs in.

    Args:
        starts: int64[V + 1] first posting of each term.
        documents: uint32[P] document numbers, rising within a term.
        block_size: Documents in a block.
        out_counts: int64[V] out.
    """
    for term in range(out_counts.size):
        count = 0
        last = np.int64(-1)
        for p in range(starts[term], starts[term + 1]):
            block = np.int64(documents[p]) // block_size
            if block != last:
                count += 1
                last = block
        out_counts[term] = count


@njit(cache=True, nogil=True)
def fill_entries(
    starts: I64,
    documents: U32,
    impacts: U8,
    block_size: int,
    term_entries: I64,
    block_ids: U32,
    block_maxima: U8,
    entry_postings: U32,
    slots: U8,
    kth_impacts: U8,
) -> None:
    """Fill the arrays of `Postings` from term-major documents and impacts; arguments as there."""
    histogram = np.zeros(256, dtype=np.int64)
    for term in range(starts.size - 1):
        entry = term_entries[term] - 1
        last = np.int64(-1)
        histogram[:] = 0
        for p in range(starts[term], starts[term + 1]):
            block = np.int64(documents[p]) // block_size
            if block != last:
                entry += 1
                last = block
                block_ids[entry] = block
                block_maxima[entry] = impacts[p]
                entry_postings[entry] = p
            elif impacts[p] > block_maxima[entry]:
                block_maxima[entry] = impacts[p]
            slots[p] = np.int64(documents[p]) - block * block_size
            histogram[impacts[p]] += 1
        _kth_largest(histogram, kth_impacts[term])
    entry_postings[entry_postings.size - 1] = starts[starts.size - 1]


@njit(cache=True, nogil=True)
def _kth_largest(histogram: I64, out: U8) -> None:
    seen = 0
    column = 0
    k = 10
    for impact in range(255, 0, -1):
        seen += histogram[impact]
        while column < out.size and seen >= k:  # ends: column grows; k is 10, 100, 1000
            out[column] = impact
            column += 1
            k *= 10
    while column < out.size:
        out[column] = 0
        column += 1
