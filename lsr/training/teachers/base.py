"""What every teacher is."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lsr.training.data.batches import Batch
from lsr.training.data.examples import Source
from lsr_index.errors import InputError
from lsr_index.progress import Bars


class Teacher(Protocol):
    """Scores of documents for queries; higher is better, the scale is the teacher's own."""

    name: str

    def prepare(self, sources: Sequence[Source], bars: Bars) -> None:
        """Compute and keep all that can be had before the first step; interrupted, it goes on where it was.

        Where several processes train together, one prepares first and the others after it.

        Raises:
            InputError: if this teacher cannot serve these sources.
        """
        ...

    def scores(self, batch: Batch) -> NDArray[np.float32]:
        """Return float32[Q, D], NaN where this teacher knows nothing."""
        ...


def pairs(sources: Iterable[Source]) -> Iterator[tuple[Source, str, str]]:
    """Yield `(source, query id, document id)` of all that examples list, a pair as often as it occurs."""
    for source in sources:
        for example in source.examples:
            for document in (example.positive, *example.negatives):
                yield source, example.query_id, document


def text_of(source: Source, side: str, text_id: str) -> str:
    """Return the text of a query or document.

    Raises:
        InputError: if there is none.
    """
    try:
        return (source.queries if side == "query" else source.documents)[text_id]
    except KeyError:
        raise InputError(f"the source {source.name} names the {side} {text_id!r}, which has no text") from None
