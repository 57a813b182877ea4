"""Parts of a source: fewer queries, longer texts, other negatives. Nothing is copied but numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import overload

import numpy as np
import xxhash
from numpy.typing import NDArray

from lsr.training.data.examples import Example, Source
from lsr_index.errors import InputError


class View(Sequence[Example]):
    """Some examples of a sequence, each changed when it is asked for."""

    def __init__(
        self, base: Sequence[Example], numbers: NDArray[np.int64], change: Callable[[Example], Example] | None = None
    ) -> None:
        self._base, self._numbers, self._change = base, numbers, change

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, number: int) -> Example: ...
    @overload
    def __getitem__(self, number: slice) -> list[Example]: ...
    def __getitem__(self, number: int | slice) -> Example | list[Example]:
        if isinstance(number, slice):
            return [self[n] for n in range(*number.indices(len(self)))]
        example = self._base[int(self._numbers[number])]
        return self._change(example) if self._change else example


def limit(
    source: Source, *, max_queries: int | None = None, min_words: int = 0, min_query_words: int = 0, seed: int = 0
) -> Source:
    """Leave examples out.

    Args:
        source: Where they come from.
        max_queries: Keep this many queries, the same ones for the same seed whatever else the source holds.
        min_words: Words that a positive document has at least.
        min_query_words: Words that a query has at least.
        seed: Chooses the queries.

    Raises:
        InputError: if nothing is left.
    """
    if max_queries is None and not min_words and not min_query_words:
        return source
    fitting = [
        (number, example.query_id)
        for number, example in enumerate(source.examples)
        if _long_enough(source, example, min_words, min_query_words)
    ]
    if max_queries is not None:
        queries = sorted(
            {query for _, query in fitting}, key=lambda query: xxhash.xxh3_64_intdigest(query.encode(), seed)
        )
        chosen = set(queries[:max_queries])
        fitting = [(number, query) for number, query in fitting if query in chosen]
    if not fitting:
        raise InputError(
            f"of the source {source.name} no example is left by max_queries {max_queries}, min_words {min_words}, "
            f"min_query_words {min_query_words}; lower them"
        )
    return replace(source, examples=View(source.examples, np.array([number for number, _ in fitting], dtype=np.int64)))


def with_negatives(source: Source, negatives: Mapping[str, tuple[str, ...]]) -> Source:
    """Put other negatives into the place of a source's own, for the queries that have some."""

    def change(example: Example) -> Example:
        return replace(example, negatives=negatives.get(example.query_id, example.negatives))

    return replace(source, examples=View(source.examples, np.arange(len(source.examples)), change))


def _long_enough(source: Source, example: Example, min_words: int, min_query_words: int) -> bool:
    try:
        if min_query_words and len(source.queries[example.query_id].split()) < min_query_words:
            return False
        return not min_words or len(source.documents[example.positive].split()) >= min_words
    except KeyError:
        return True  # `check` reports it, with all others
