"""Sparser vectors: the heaviest terms of each row, or those that weigh enough beside its heaviest."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array


def heaviest(rows: csr_array, count: int | None) -> csr_array:
    """Keep the `count` heaviest terms of each row, as an encoder's `top_k` does; None keeps all.

    Of equal weights the lower term id stays.

    Args:
        rows: float32 (n, V), well-formed.
        count: At least 1.
    """
    if count is None:
        return rows
    owners = _owners(rows)
    order = np.lexsort((-rows.data, owners))  # stable, and terms rise in a row
    ranks = np.empty(rows.nnz, dtype=np.int64)
    ranks[order] = np.arange(rows.nnz) - rows.indptr[owners]
    return _kept(rows, ranks < count, owners)


def above(rows: csr_array, share: float) -> csr_array:
    """Drop what weighs less than a share of the heaviest term of its row.

    Args:
        rows: float32 (n, V), well-formed.
        share: At least 0, which keeps all, and below 1, so that the heaviest term stays.
    """
    if share == 0:
        return rows
    owners = _owners(rows)
    largest = np.zeros(rows.shape[0], dtype=np.float64)
    np.maximum.at(largest, owners, rows.data)
    return _kept(rows, rows.data >= share * largest[owners], owners)


def _owners(rows: csr_array) -> NDArray[np.int64]:
    return np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))


def _kept(rows: csr_array, keep: NDArray[Any], owners: NDArray[np.int64]) -> csr_array:
    lengths = np.bincount(owners[keep], minlength=rows.shape[0])
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return csr_array((rows.data[keep], rows.indices[keep], ends), shape=rows.shape)
