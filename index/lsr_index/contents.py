"""What an index holds, document by document: the way back to vectors."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_index.documents import Document
from lsr_index.index import SparseIndex
from lsr_index.quantize import quantize
from lsr_index.segment import Segment
from lsr_index.unpack import unpack

BATCH = 4096  # documents


@dataclass(frozen=True)
class Part:
    """Some documents of a segment, none of them deleted, in insertion order."""

    segment: Segment
    numbers: NDArray[np.int64]
    """Document numbers within the segment."""
    weights: csr_array
    """float32, shape (n, V): exact ones where the index keeps them, else what impacts weigh."""
    scales: NDArray[np.float32]
    """[V] weight of impact 1 of each term."""

    @property
    def ids(self) -> list[str]:
        """The documents' ids."""
        return self.segment.documents.ids(self.numbers)

    @property
    def documents(self) -> list[Document]:
        """What is stored of them."""
        return self.segment.documents.get(self.numbers.tolist())

    @property
    def impacts(self) -> csr_array:
        """The impacts that the index stores, float32 whole numbers 1…255, shape (n, V)."""
        return self._quantized(self.scales[self.weights.indices])

    def rescaled(self, scale: np.float32) -> csr_array:
        """Return impacts of which 1 weighs `scale` for every term; they are rounded where it was another."""
        return self._quantized(scale)

    def _quantized(self, scales: NDArray[np.float32] | np.float32) -> csr_array:
        rows = self.weights
        data = quantize(rows.data, scales).astype(np.float32)
        return csr_array((data, rows.indices, rows.indptr), shape=rows.shape)


def parts(index: SparseIndex) -> Iterator[Part]:
    """Yield all documents of an index; memory: three bytes a posting of a segment without exact weights."""
    for segment in index.segments:
        yield from parts_of(segment)


def parts_of(segment: Segment) -> Iterator[Part]:
    """Yield the documents of a segment that are not deleted.

    Raises:
        IndexFormatError: if the segment is damaged.
    """
    segment.stored.verify()
    exact, scales = segment.stored.exact, segment.scales
    impacts = np.empty(0, np.uint8)
    if exact is None:
        ends, terms, impacts = unpack(segment.postings)
    else:
        ends, terms = exact.ends, exact.terms
    borders = np.concatenate([[0], ends])
    live = np.flatnonzero(~segment.dead)
    for start in range(0, len(live), BATCH):
        numbers = live[start : start + BATCH]
        first, last = int(numbers[0]), int(numbers[-1]) + 1
        some = slice(int(borders[first]), int(borders[last]))
        indices = terms[some].astype(np.int32)
        weights = impacts[some] * scales[indices] if exact is None else exact.read(some)
        rows = csr_array((weights, indices, borders[first : last + 1] - some.start), shape=(last - first, len(scales)))
        if len(numbers) < last - first:
            rows = rows[numbers - first]
        yield Part(segment, numbers, rows, scales)


def common_scale(index: SparseIndex) -> tuple[np.float32, bool]:
    """Return a scale at which every weight fits 8 bits, and whether all impacts have it already."""
    used = np.concatenate(
        [np.empty(0, np.float32), *(segment.scales[segment.stored.present()] for segment in index.segments)]
    )
    if not len(used):
        return np.float32(1), True
    largest = used.max()
    return largest, bool((used == largest).all())
