"""Sparse vectors: float32 `scipy.sparse.csr_array` of shape (n, V), the common currency of lsr.

A well-formed matrix has rows sorted by term id, no duplicate entries, and weights that are finite and above zero.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, vstack

from lsr_index.errors import InputError, VocabularyMismatchError
from lsr_index.vocabulary import Vocabulary

LARGEST = 1e30
"""Larger weights would overflow float32 when they are multiplied and summed."""


def checked(vectors: csr_array, size: int, what: str = "vectors") -> csr_array:
    """Return `vectors` well-formed, or say what is wrong with them.

    Unsorted rows are sorted and explicit zeros dropped, in a copy; the argument is never changed.

    Args:
        vectors: Any scipy sparse matrix or array of shape (n, size).
        size: The vocabulary's size V.
        what: How messages call them.

    Raises:
        VocabularyMismatchError: if the width is not `size`.
        InputError: if a weight is negative, larger than `LARGEST` or not a number.
    """
    if vectors.ndim != 2 or vectors.shape[1] != size:
        raise VocabularyMismatchError(
            f"{what} have shape {vectors.shape}, the vocabulary has {size} terms: encode them with the index's model"
        )
    with np.errstate(over="ignore"):  # what overflows becomes infinite and is refused below
        matrix = csr_array(vectors, dtype=np.float32)
    bad = ~((matrix.data >= 0) & (matrix.data <= LARGEST))  # not a number compares false
    if bad.any():
        position = int(np.argmax(bad))
        row = int(np.searchsorted(matrix.indptr, position, side="right")) - 1
        raise InputError(
            f"{what}: row {row} has the weight {matrix.data[position]}, weights must be > 0 and <= {LARGEST:g}"
        )
    if not matrix.has_canonical_format or (matrix.data == 0).any():
        matrix = matrix.copy()
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
    return matrix


def from_rows(rows: Sequence[tuple[ArrayLike, ArrayLike]], size: int) -> csr_array:
    """Stack `(term ids, weights)` pairs into a matrix of shape (len(rows), size)."""
    indptr = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(np.asarray(ids)) for ids, _ in rows], out=indptr[1:])
    indices = np.concatenate([np.asarray(ids, dtype=np.int32) for ids, _ in rows] or [np.empty(0, np.int32)])
    data = np.concatenate([np.asarray(weights, dtype=np.float32) for _, weights in rows] or [np.empty(0, np.float32)])
    return checked(csr_array((data, indices, indptr), shape=(len(rows), size)), size)


def from_terms(rows: Iterable[Mapping[str, float]], vocabulary: Vocabulary) -> csr_array:
    """Turn `{term: weight}` mappings into a matrix; terms that the vocabulary lacks are dropped."""
    known = [
        {number: weight for term, weight in row.items() if (number := vocabulary.get(term)) is not None} for row in rows
    ]
    return from_rows([(list(row), list(row.values())) for row in known], len(vocabulary))


def concatenate(parts: Sequence[csr_array], size: int) -> csr_array:
    """Stack matrices of width `size` on top of each other; no parts give an empty matrix."""
    if not parts:
        return csr_array((0, size), dtype=np.float32)
    return parts[0] if len(parts) == 1 else csr_array(vstack(parts, format="csr"))


def row_terms(vectors: csr_array, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Return `(term ids int32, weights float32)` of one row, as views."""
    start, stop = vectors.indptr[row], vectors.indptr[row + 1]
    return vectors.indices[start:stop], vectors.data[start:stop]
