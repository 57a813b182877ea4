"""From a segment back to documents: what `build` turned into rows, document after document again."""

from typing import Any

# pyright: reportArgumentType=false
import numpy as np
from numba import njit
from numpy.typing import NDArray

from lsr_index.arrays import I64, U8
from lsr_index.kernels import rows
from lsr_index.postings import CHUNK, Postings


def unpack(postings: Postings) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[np.uint8]]:
    """Return the vectors of a segment by document number, as impacts.

    Returns:
        `(ends int64[N], terms uint16 or uint32[P], impacts uint8[P])`: document n has the postings from ends[n - 1]
        (0 for the first) to ends[n], by rising term. A weight is impact × `postings.scales[term]`.
    """
    size = len(postings.scales)
    ends = np.zeros(len(postings.numbers), dtype=np.int64)
    _count(postings, ends)
    np.cumsum(ends, out=ends)
    total = int(ends[-1]) if len(ends) else 0
    terms = np.empty(total, dtype=np.uint16 if size <= 1 << 16 else np.uint32)
    impacts = np.empty(total, dtype=np.uint8)
    _fill(postings, ends.copy(), terms, impacts)
    return ends, terms, impacts


@njit(cache=True, nogil=True)
def _count(postings: Postings, counts: I64) -> None:
    chunks = (postings.numbers.size + CHUNK - 1) // CHUNK
    places, weights = np.empty(CHUNK, np.int64), np.empty(CHUNK, np.uint8)
    for row in range(postings.row_forms.size):
        base = row % chunks * CHUNK
        for p in range(rows.decode(postings, row, places, weights)):
            counts[postings.numbers[base + places[p]]] += 1


@njit(cache=True, nogil=True)
def _fill(postings: Postings, cursors: I64, terms: Any, impacts: U8) -> None:
    # From the last term down, each document is filled from its end: the cursors become the documents' first postings.
    chunks = (postings.numbers.size + CHUNK - 1) // CHUNK
    places, weights = np.empty(CHUNK, np.int64), np.empty(CHUNK, np.uint8)
    for row in range(postings.row_forms.size - 1, -1, -1):
        base = row % chunks * CHUNK
        for p in range(rows.decode(postings, row, places, weights)):
            number = postings.numbers[base + places[p]]
            cursors[number] -= 1
            terms[cursors[number]] = row // chunks
            impacts[cursors[number]] = weights[p]
