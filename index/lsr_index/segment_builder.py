"""From a stream of documents to a segment on disk, in bounded memory. Bulk builds, commits and merges all end here."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_index import durable, pages
from lsr_index.arrays import F32, U32
from lsr_index.build import build_segment
from lsr_index.documents import Document, DocumentWriter
from lsr_index.errors import InputError
from lsr_index.exact import write_exact
from lsr_index.manifest import Exact, SegmentEntry, describe_file
from lsr_index.spill import Spill

Order: TypeAlias = bool | NDArray[np.uint32] | None
ORDER_FROM = 4096  # documents, from which on they are ordered by default


class SegmentBuilder:
    """Collect documents, then write them as one segment.

    Args:
        folder: The segment's, which is made.
        size: The vocabulary's size V.
        exact: Bits of exact weights; None keeps none.
    """

    def __init__(self, folder: Path, size: int, exact: Exact = None) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._size = size
        self._exact: Exact = exact
        self._documents = DocumentWriter(folder)
        self._spill = Spill(folder, size)

    def __len__(self) -> int:
        return self._spill.documents

    def add(self, rows: csr_array, documents: Iterable[Document]) -> None:
        """Append documents with their vectors, both checked before (intake.py)."""
        self._documents.add(documents)
        self._spill.append(rows)

    def will_order(self, order: Order) -> bool:
        """Tell whether `finish` would look for an order of the documents that were added."""
        if isinstance(order, np.ndarray):
            return False
        return len(self) >= ORDER_FROM if order is None else order

    def finish(
        self,
        scales: Callable[[F32, bool], F32],
        order: Order = None,
        progress: Callable[[int], None] | None = None,
    ) -> SegmentEntry:
        """Write the segment, durably, and return what the manifest says of it.

        Args:
            scales: From each term's largest weight, and whether all weights are whole numbers, to the scales.
            order: Whether similar documents become neighbours; None orders from 4,096 documents on. Or a permutation
                of the document numbers, uint32[N]: the internal order itself.
            progress: Called while documents are ordered.

        Raises:
            InputError: if the order is no permutation.
        """
        self._documents.close()
        spill = self._spill
        chosen = scales(spill.largest, spill.integral)
        build_segment(spill, self._folder, chosen, self._order(order, progress))
        write_exact(self._folder, spill, chosen, self._exact)
        spill.remove()
        pages.write_pages(self._folder)
        durable.sync_tree(self._folder)
        return SegmentEntry(
            name=self._folder.name,
            documents=len(self),
            postings=int(spill.frequencies.sum()),
            files={path.name: describe_file(path) for path in sorted(self._folder.iterdir())},
        )

    def abandon(self) -> None:
        """Close what is open; the folder is the caller's to remove."""
        self._spill.close()
        self._documents.abandon()

    def _order(self, order: Order, progress: Callable[[int], None] | None) -> U32 | None:
        count = len(self)
        if isinstance(order, np.ndarray):
            if not np.array_equal(np.sort(order), np.arange(count)):
                raise InputError(f"the order is no permutation of the numbers 0 … {count - 1}")
            return order
        if not self.will_order(order):
            return None
        from lsr_index.order import bisection_of

        found: U32 = bisection_of(*self._spill.read(), self._size, progress=progress)
        return found
