"""All segments of one generation: where a document number or an id is found."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import numpy as np

from lsr_index.arrays import I64
from lsr_index.documents import Document
from lsr_index.errors import InputError
from lsr_index.ids import hashes_of
from lsr_index.segment import Segment


class Segments(Sequence[Segment]):
    """The segments, in insertion order.

    A document's number counts all documents before it, those of earlier segments and deleted ones included.
    """

    def __init__(self, segments: Iterable[Segment]) -> None:
        self._segments = tuple(segments)
        self._bases = [segment.base for segment in self._segments]
        self.documents = sum(len(segment) for segment in self._segments)
        """How many there are, deleted ones included."""

    def __len__(self) -> int:
        return len(self._segments)

    @overload
    def __getitem__(self, position: int) -> Segment: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[Segment]: ...
    def __getitem__(self, position: int | slice) -> Segment | Sequence[Segment]:
        return self._segments[position]

    def __iter__(self) -> Iterator[Segment]:
        return iter(self._segments)

    def locate(self, number: int) -> tuple[Segment, int]:
        """Return the segment of a document and its number there.

        Raises:
            InputError: if there is no such document.
        """
        if not 0 <= number < self.documents:
            raise InputError(f"there is no document number {number}; numbers are below {self.documents}")
        segment = self._segments[bisect_right(self._bases, number) - 1]
        return segment, number - segment.base

    def ids(self, numbers: Iterable[int]) -> list[str]:
        """Return the ids of documents."""
        places = (self.locate(int(number)) for number in numbers)
        return [segment.documents.id(number) for segment, number in places]

    def get(self, numbers: Iterable[int]) -> list[Document]:
        """Return stored documents.

        Raises:
            IndexFormatError: if the part of a file that holds one of them is damaged.
        """
        places = (self.locate(int(number)) for number in numbers)
        return [segment.documents.get([number])[0] for segment, number in places]

    def numbers(self, ids: Sequence[str]) -> I64:
        """Return the document number of each id, -1 where none that is not deleted has it; int64[n]."""
        found = np.full(len(ids), -1, dtype=np.int64)
        hashes = hashes_of(ids)
        for segment in self._segments:
            inside = segment.find(ids, hashes)
            found[inside >= 0] = segment.base + inside[inside >= 0]
        return found
