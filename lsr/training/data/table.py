"""Examples by the ten million: ids in two arrays, an example made when it is asked for."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import overload

import numpy as np
from numpy.typing import NDArray

from lsr.encoders.base import batched
from lsr.training.data.examples import Example

CHUNK = 1 << 18  # rows that are Python strings at a time


class ExampleTable(Sequence[Example]):
    """Examples whose ids lie in one array of fixed-width byte strings.

    Args:
        rows: `(query id, positive, negatives…)`; rows may differ in length.
    """

    def __init__(self, rows: Iterable[tuple[str, ...]]) -> None:
        parts, counts = [], []
        for batch in batched(rows, CHUNK):
            parts.append(np.array([text_id.encode() for text_id in chain.from_iterable(batch)], dtype=np.bytes_))
            counts.append(np.array([len(row) for row in batch], dtype=np.int64))
        self._ids: NDArray[np.bytes_] = np.concatenate(parts) if parts else np.empty(0, dtype=np.bytes_)
        ends = np.cumsum(np.concatenate(counts)) if counts else np.empty(0, dtype=np.int64)
        self._ends: NDArray[np.int64] = ends

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, number: int) -> Example: ...
    @overload
    def __getitem__(self, number: slice) -> list[Example]: ...
    def __getitem__(self, number: int | slice) -> Example | list[Example]:
        if isinstance(number, slice):
            return [self[n] for n in range(*number.indices(len(self)))]
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        number %= len(self)
        start = self._ends[number - 1] if number else 0
        query, positive, *negatives = (value.decode() for value in self._ids[start : self._ends[number]])
        return Example(query, positive, tuple(negatives))
