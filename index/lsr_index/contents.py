"""What an index holds, document by document: the way back to vectors."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_index.documents import ROW_GROUP
from lsr_index.index import SparseIndex
from lsr_index.quantize import quantize
from lsr_index.unpack import unpack

BATCH = 16 * ROW_GROUP  # documents: whole row groups are decoded once


@dataclass(frozen=True)
class Part:
    """Some documents, in insertion order."""

    numbers: NDArray[np.int64]
    """Document numbers."""
    ids: list[str]
    impacts: csr_array
    """float32 whole numbers 1…255, shape (n, V)."""
    scales: NDArray[np.float32]
    """[V] weight of impact 1 of each term."""

    @property
    def weights(self) -> csr_array:
        """The weights that the index stores, float32, shape (n, V)."""
        rows = self.impacts
        return csr_array((rows.data * self.scales[rows.indices], rows.indices, rows.indptr), shape=rows.shape)

    def rescaled(self, scale: np.float32) -> csr_array:
        """Return impacts of which 1 weighs `scale` for every term; they are rounded where it was another."""
        rows = self.impacts
        if (self.scales[rows.indices] == scale).all():
            return rows
        data = quantize(self.weights.data, scale).astype(np.float32)
        return csr_array((data, rows.indices, rows.indptr), shape=rows.shape)


def parts(index: SparseIndex) -> Iterator[Part]:
    """Yield all documents of an index; memory: three bytes a posting of the segment at hand."""
    ends, terms, impacts = unpack(index.postings)
    size = index.manifest.vocabulary_size
    for first in range(0, len(ends), BATCH):
        numbers = np.arange(first, min(len(ends), first + BATCH))
        indptr = np.concatenate([[ends[first - 1] if first else 0], ends[numbers]])
        part = slice(int(indptr[0]), int(indptr[-1]))
        rows = impacts[part].astype(np.float32), terms[part].astype(np.int32), indptr - indptr[0]
        matrix = csr_array(rows, shape=(len(numbers), size))
        yield Part(numbers, index.documents.ids(numbers), matrix, index.postings.scales)


def common_scale(index: SparseIndex) -> tuple[np.float32, bool]:
    """Return a scale at which every weight fits 8 bits, and whether all impacts have it already."""
    scales, used = index.postings.scales, index.postings.frequencies() > 0
    if not used.any():
        return np.float32(1), True
    largest = scales[used].max()
    return largest, bool((scales[used] == largest).all())
