"""Numba kernels that keep of each document what `lsr_index.bisection` looks at: its heaviest useful terms.

In all kernels `indptr` is int64[N + 1] and `terms` any integers[P], the terms of document d at
`indptr[d]:indptr[d + 1]`, and `first:last` the documents to work on, so that threads can share them out.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lsr_index.arrays import F32, I32, I64, U8

Terms = NDArray[Any]


@njit(cache=True, nogil=True)
def select(values: F32, count: int, rank: int) -> float:
    """Return the value of rank `rank` (from 0, rising) of the first `count`, which change places (Hoare's Find)."""
    low, high = 0, count - 1
    while low < high:  # ends: every turn leaves at least one value out of low..high
        pivot = values[(low + high) >> 1]
        i, j = low, high
        while i <= j:  # ends: i rises and j falls at every swap, and the first turn swaps
            while values[i] < pivot:  # ends at the pivot or at what was swapped to its right
                i += 1
            while pivot < values[j]:  # likewise to its left
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if j < rank:
            low = i
        if rank < i:
            high = j
    found: float = values[rank]
    return found


@njit(cache=True, nogil=True)
def count_documents(indptr: I64, terms: Terms, first: int, last: int, out: I64) -> None:
    """Add to `out`, int64[V], the documents that have each term."""
    for p in range(indptr[first], indptr[last]):
        out[terms[p]] += 1


@njit(cache=True, nogil=True)
def kept_lengths(indptr: I64, terms: Terms, labels: I32, limit: int, first: int, last: int, out: I64) -> None:
    """Count the terms that `keep_heaviest` keeps of each document into `out`, int64[N]."""
    for d in range(first, last):
        count = 0
        for p in range(indptr[d], indptr[d + 1]):
            if labels[terms[p]] >= 0:
                count += 1
        out[d] = min(count, limit)


@njit(cache=True, nogil=True)
def keep_heaviest(
    indptr: I64,
    terms: Terms,
    weights: NDArray[Any],
    labels: I32,
    first: int,
    last: int,
    kept_indptr: I64,
    largest: float,
    out_terms: Terms,
    out_impacts: U8,
) -> None:
    """Copy the labels of the heaviest terms of each document.

    Args:
        indptr: As in the module's docstring.
        terms: Likewise.
        weights: float32 or uint8[P] weights.
        labels: int32[V] label of each term, -1 for terms to leave out.
        first: First document.
        last: End of the documents.
        kept_indptr: int64[N + 1] places in `out_terms`, cumulated from `kept_lengths`.
        largest: Largest weight, which becomes impact 255.
        out_terms: uint16 or uint32[kept] out.
        out_impacts: uint8[kept] out.
    """
    longest = 0
    for d in range(first, last):
        longest = max(longest, indptr[d + 1] - indptr[d])
    scratch = np.empty(longest, dtype=np.float32)
    for d in range(first, last):
        place = kept_indptr[d]
        room = kept_indptr[d + 1] - place
        if room == 0:
            continue
        count = 0
        for p in range(indptr[d], indptr[d + 1]):
            if labels[terms[p]] >= 0:
                scratch[count] = -np.float32(weights[p])
                count += 1
        bound = -select(scratch, count, room - 1)
        ties = room
        for i in range(count):
            if -scratch[i] > bound:
                ties -= 1
        for p in range(indptr[d], indptr[d + 1]):
            label = labels[terms[p]]
            weight = np.float32(weights[p])
            if label < 0 or weight < bound:
                continue
            if weight == bound:
                if ties == 0:
                    continue
                ties -= 1
            out_terms[place] = label
            out_impacts[place] = np.uint8(weight / largest * 255 + 0.5)
            place += 1
