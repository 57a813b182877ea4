"""Spans of documents as further queries: words and turns of phrase that no written query of the training data has.

The inverse cloze task (Lee et al., arXiv:1906.00300, §4) without the removal: what a span is relevant to beside its own
document, the teachers say. Where queries are looked up in a table, they cost next to nothing.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import xxhash

from lsr.training.data.examples import Example, Source, Texts


def with_spans(source: Source, per_document: int, words: tuple[int, int], seed: int = 0) -> Source:
    """Give every positive document of a source spans of itself, which come along where it is in a batch.

    Args:
        source: Its examples stay as they are.
        per_document: Spans of each document.
        words: Fewest and most words of a span, drawn log-uniformly between them: short queries are as common as long
            ones.
        seed: The same one cuts the same spans, whatever else the source holds.
    """
    positives = dict.fromkeys(example.positive for example in source.examples)
    spans: dict[str, str] = {}
    along: list[Example] = []
    for document in positives:
        # `check` reports what has no text.
        text = source.documents[document] if document in source.documents else ""  # noqa: SIM401 - Texts have no get
        for number, span in enumerate(_cut(text, per_document, words, (seed, document))):
            query_id = f"{document}#{number}"
            if query_id not in source.queries:
                spans[query_id] = span
                along.append(Example(query_id, document))
    return replace(source, queries=Both(spans, source.queries), along=along)


class Both:
    """Texts of two collections; the first goes before the second."""

    def __init__(self, first: Mapping[str, str], second: Texts) -> None:
        self._first, self._second = first, second

    def __getitem__(self, text_id: str, /) -> str:
        return self._first[text_id] if text_id in self._first else self._second[text_id]

    def __contains__(self, text_id: object, /) -> bool:
        return text_id in self._first or text_id in self._second

    def __iter__(self) -> Iterator[str]:
        yield from self._first
        yield from self._second


def _cut(text: str, count: int, words: tuple[int, int], seed: tuple[int, str]) -> Iterator[str]:
    split = text.split()
    random = np.random.default_rng([seed[0], xxhash.xxh3_64_intdigest(seed[1].encode())])
    low, high = words
    for length in np.exp(random.uniform(math.log(low), math.log(high + 1), count)).astype(int).tolist():
        start = int(random.integers(0, max(1, len(split) - length + 1)))
        if split:
            yield " ".join(split[start : start + length])
