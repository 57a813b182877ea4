"""Numba passes that turn spilled vectors into rows and grids (`Postings`)."""

import numpy as np
from numba import njit

from lsr_index.arrays import F32, I32, I64, U8, U16, U32
from lsr_index.postings import (
    BLOCKS,
    CHUNK,
    DENSE,
    DENSE_BYTES,
    FLAT,
    FULL,
    FULL_BYTES,
    SLOTS,
    WINDOW,
)

DENSE_FROM = 8  # postings for each superblock of the chunk from which on a dense grid pays
FULL_FROM = SLOTS // 6  # likewise for a full grid: twice the bytes of a dense one there, and several times faster


@njit(cache=True, nogil=True)
def note(terms: I32, weights: F32, frequencies: I64, largest: F32) -> bool:
    """Count postings of every term, keep its largest weight, and tell whether all weights are whole numbers.

    Args:
        terms: int32 or int64[P] term ids.
        weights: float32[P]
        frequencies: int64[V] advanced.
        largest: float32[V] raised.
    """
    integral = True
    for p in range(terms.size):
        frequencies[terms[p]] += 1
        largest[terms[p]] = max(largest[terms[p]], weights[p])
        integral &= weights[p] == np.rint(weights[p])
    return integral


@njit(cache=True, nogil=True)
def scatter(
    ends: I64,
    terms: U32,
    weights: F32,
    scales: F32,
    order: U32,
    first: int,
    last: int,
    cursors: I64,
    out_documents: U32,
    out_impacts: U8,
) -> None:
    """Quantise the documents of some places of the internal order into term-major postings.

    Args:
        ends: int64[N] where each document's postings end in the spill.
        terms: uint16 or uint32[P] term ids, document after document.
        weights: float32[P]
        scales: float32[V] weight of impact 1 of each term; impacts are rounded to 1…255.
        order: uint32[N] document number at each place.
        first: First place.
        last: Place after the last.
        cursors: int64[V] next free posting of each term; advanced.
        out_documents: uint32[P] out, places.
        out_impacts: uint8[P] out.

    Places rise, so each term's postings end up in rising order.
    """
    for place in range(first, last):
        document = order[place]
        start = ends[document - 1] if document > 0 else 0
        for p in range(start, ends[document]):
            term = terms[p]
            cursor = cursors[term]
            out_documents[cursor] = place
            out_impacts[cursor] = min(np.float32(255), max(np.float32(1), np.rint(weights[p] / scales[term])))
            cursors[term] = cursor + 1


@njit(cache=True, nogil=True)
def plan_rows(
    starts: I64, documents: U32, count: int, first: int, last: int, counts: I64, sizes: I64, forms: U8
) -> None:
    """Choose each row's form.

    Args:
        starts: int64[V + 1] first posting of each term.
        documents: uint32[P] places, rising within a term.
        count: N, the number of documents.
        first: First term to plan.
        last: Term after the last to plan.
        counts: int64[V × C] out, postings that each row keeps in `Postings.postings`.
        sizes: int64[V × C] out, bytes of its grid.
        forms: uint8[V × C] out.
    """
    chunks = (count + CHUNK - 1) // CHUNK
    for term in range(first, last):
        p = starts[term]
        for chunk in range(chunks):
            row = term * chunks + chunk
            begin = p
            while p < starts[term + 1] and np.int64(documents[p]) // CHUNK == chunk:  # ends: p grows
                p += 1
            postings = p - begin
            superblocks = (min(CHUNK, count - chunk * CHUNK) + SLOTS - 1) // SLOTS
            counts[row] = postings
            if postings >= FULL_FROM * superblocks:
                forms[row], sizes[row], counts[row] = FULL, FULL_BYTES * superblocks, 0
            elif postings >= DENSE_FROM * superblocks and superblocks > 1:
                forms[row], sizes[row] = DENSE, DENSE_BYTES * superblocks
            else:
                forms[row], sizes[row] = FLAT, postings


@njit(cache=True, nogil=True)
def fill_rows(
    starts: I64,
    documents: U32,
    impacts: U8,
    row_postings: I64,
    row_grids: I64,
    forms: U8,
    first: int,
    last: int,
    grid: U8,
    postings: U16,
    kth_impacts: U8,
) -> None:
    """Fill grids, postings and kth impacts of the terms first … last - 1; arguments as in `plan_rows`, `Postings`."""
    chunks = forms.size // (starts.size - 1)
    histogram = np.zeros(256, dtype=np.int64)
    for term in range(first, last):
        histogram[:] = 0
        begin = starts[term]
        for row in range(term * chunks, (term + 1) * chunks):
            chunk = row - term * chunks
            end = begin
            while end < starts[term + 1] and np.int64(documents[end]) // CHUNK == chunk:  # ends: end grows
                histogram[impacts[end]] += 1
                end += 1
            part, weights = documents[begin:end], impacts[begin:end]
            begin = end
            out = grid[row_grids[row] : row_grids[row + 1]]
            if forms[row] == FULL:
                _fill_full(part, weights, out)
                continue
            packed = postings[row_postings[row] : row_postings[row + 1]]
            if forms[row] == FLAT:
                for p in range(part.size):
                    packed[p], out[p] = np.int64(part[p]) % CHUNK, weights[p]
            else:
                for p in range(part.size):
                    packed[p] = (np.int64(part[p]) % SLOTS) | (np.int64(weights[p]) << 8)
                _fill_dense(part, weights, out)
        _kth_largest(histogram, kth_impacts[term])


@njit(cache=True, nogil=True)
def _fill_full(documents: U32, impacts: U8, out: U8) -> None:
    count = out.size // FULL_BYTES
    out[:] = 0
    for p in range(documents.size):
        inside = np.int64(documents[p]) % CHUNK
        block = inside // SLOTS * BLOCKS + inside % BLOCKS
        out[block] = max(out[block], impacts[p])
        out[count * BLOCKS + inside] = impacts[p]


@njit(cache=True, nogil=True)
def _fill_dense(documents: U32, impacts: U8, out: U8) -> None:
    count = out.size // DENSE_BYTES
    low, high = BLOCKS * count, BLOCKS * count + count
    out[:low] = 0
    p = 0
    for superblock in range(count):
        out[low + superblock], out[high + superblock] = p & 255, p >> 8
        # ends: p grows; documents of earlier superblocks are behind p already
        while p < documents.size and np.int64(documents[p]) // SLOTS % WINDOW == superblock:
            block = superblock * BLOCKS + np.int64(documents[p]) % BLOCKS
            out[block] = max(out[block], impacts[p])
            p += 1
        # Only a dense row's last superblocks can begin at 65,536; without postings, they are never read.


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
