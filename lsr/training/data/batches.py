"""Batches: which queries meet which documents at a step, and what may count as a negative."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lsr.training.data.examples import Example, Source, key
from lsr.training.data.mixing import Mixture
from lsr.training.data.order import Shuffled
from lsr_index.errors import InputError

Mix = Literal["within", "between"]


@dataclass(frozen=True)
class Batch:
    """Q queries and the D distinct documents that are listed with them; ids are `source/id`."""

    query_ids: list[str]
    queries: list[str]
    document_ids: list[str]
    documents: list[str]
    positive: NDArray[np.int64]
    """[Q] column of the query's positive."""
    own: NDArray[np.bool_]
    """[Q, D] listed with the query: its positive and its hard negatives."""
    allowed: NDArray[np.bool_]
    """[Q, D] may count as a candidate: false for other known positives of the query."""


class BatchPlan:
    """The batch of every step, decided by the step's number alone: resumed or on another process, it is the same.

    Args:
        sources: Where examples come from.
        queries_per_batch: Q, at least 1.
        negatives_per_query: Hard negatives of a query in a batch, sampled anew every pass from those it has.
        seed: Of all orders and samples.
        mix: Whether sources mix `within` a batch, or each batch is of one source and they mix `between` batches.
        queries_per_document: Further queries that each document of a batch brings along, sampled anew every time from
            those that it answers. Where queries cost nothing, as those of a table, they multiply what is learned
            from a document that was encoded; the batch's hard negatives are theirs too.

    Raises:
        InputError: if a number or a weight is impossible, or two sources have one name.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        queries_per_batch: int,
        negatives_per_query: int = 0,
        seed: int = 0,
        mix: Mix = "within",
        queries_per_document: int = 0,
    ) -> None:
        if queries_per_batch < 1 or negatives_per_query < 0 or queries_per_document < 0:
            raise InputError(
                f"a batch of {queries_per_batch} queries with {negatives_per_query} negatives each cannot be made"
            )
        if mix not in ("within", "between"):
            raise InputError(f"mix is {mix!r}; choose within or between")
        names = [source.name for source in sources]
        if len(set(names)) < len(names):
            raise InputError(f"two sources have one name: {', '.join(sorted(names))}; give each its own")
        self.sources = list(sources)
        self.queries_per_batch = queries_per_batch
        self.negatives_per_query = negatives_per_query
        self._seed = seed
        self._within = mix == "within"
        self._mixture = Mixture([source.weight for source in sources], seed)
        self._orders = [Shuffled(len(source.examples), (seed, 1, number)) for number, source in enumerate(sources)]
        self.queries_per_document = queries_per_document
        self._answered: dict[int, dict[str, list[Example]]] = {}

    def batch(self, step: int) -> Batch:
        """Return the batch of a step, counted from 0.

        Raises:
            InputError: if an example names an id that has no text.
        """
        assembly = _Assembly()
        for number, position in self._slots(step):
            source = self.sources[number]
            index, pass_number = self._orders[number][position]
            example = source.examples[index]
            try:
                assembly.add(source, example, self._sample(source, example, (number, pass_number, index)))
            except KeyError as error:
                raise InputError(
                    f"the source {source.name} names {error.args[0]!r}, which has no text; complete its corpus and "
                    "queries, or leave the example out"
                ) from error
        if self.queries_per_document:
            self._bring_along(assembly, step)
        return assembly.finish()

    def _bring_along(self, assembly: "_Assembly", step: int) -> None:
        numbers = {source.name: number for number, source in enumerate(self.sources)}
        random = np.random.default_rng([self._seed, 3, step])
        there = {query_id for query_id, _ in assembly.queries}
        for name, _ in list(assembly.documents):
            source_name, _, document = name.partition("/")
            number = numbers[source_name]
            source = self.sources[number]
            answered = self._answers(number).get(document, [])
            chosen = random.permutation(len(answered))[: self.queries_per_document].tolist()
            for example in (answered[n] for n in chosen):
                query_id = key(source_name, example.query_id)
                if query_id not in there:
                    there.add(query_id)
                    assembly.add(source, example, [])

    def _answers(self, number: int) -> dict[str, list[Example]]:
        if number not in self._answered:
            found: dict[str, list[Example]] = {}
            source = self.sources[number]
            for example in chain(source.examples, source.along):
                found.setdefault(example.positive, []).append(example)
            self._answered[number] = found
        return self._answered[number]

    def _slots(self, step: int) -> list[tuple[int, int]]:
        size = self.queries_per_batch
        if self._within:
            return [self._mixture.slot(number) for number in range(step * size, (step + 1) * size)]
        source, before = self._mixture.slot(step)
        return [(source, position) for position in range(before * size, (before + 1) * size)]

    def _sample(self, source: Source, example: Example, where: tuple[int, int, int]) -> list[str]:
        relevant = source.relevant.get(example.query_id, frozenset())
        known = relevant | {example.positive}
        fitting = [negative for negative in dict.fromkeys(example.negatives) if negative not in known]
        if len(fitting) <= self.negatives_per_query:
            return fitting
        chosen = np.random.default_rng([self._seed, 2, *where]).choice(
            len(fitting), self.negatives_per_query, replace=False
        )
        return [fitting[n] for n in sorted(chosen.tolist())]


@dataclass
class _Assembly:
    queries: list[tuple[str, str]] = field(default_factory=list)
    documents: list[tuple[str, str]] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    """Column by id; several ids of one text share one."""
    by_text: dict[str, int] = field(default_factory=dict)
    listed: list[list[int]] = field(default_factory=list)
    relevant: dict[str, set[str]] = field(default_factory=dict)
    """By the query's text: what answers a question answers it under any id."""

    def add(self, source: Source, example: Example, negatives: Sequence[str]) -> None:
        text = source.queries[example.query_id]
        self.queries.append((key(source.name, example.query_id), text))
        self.listed.append([self._column(source, document) for document in (example.positive, *negatives)])
        relevant = self.relevant.setdefault(text, set())
        relevant.update(key(source.name, document) for document in source.relevant.get(example.query_id, ()))
        relevant.add(key(source.name, example.positive))

    def _column(self, source: Source, document: str) -> int:
        name = key(source.name, document)
        column = self.columns.get(name)
        if column is None:
            text = source.documents[document]
            column = self.by_text.setdefault(text, len(self.documents))
            if column == len(self.documents):
                self.documents.append((name, text))
            self.columns[name] = column
        return column

    def finish(self) -> Batch:
        shape = len(self.queries), len(self.documents)
        own, allowed = np.zeros(shape, dtype=np.bool_), np.ones(shape, dtype=np.bool_)
        positive = np.array([columns[0] for columns in self.listed], dtype=np.int64)
        for row, (_, text) in enumerate(self.queries):
            known = [self.columns[document] for document in self.relevant[text] if document in self.columns]
            own[row, self.listed[row]] = True
            own[row, known] = False
            allowed[row, known] = False
            own[row, positive[row]] = allowed[row, positive[row]] = True
        return Batch(
            [query_id for query_id, _ in self.queries],
            [text for _, text in self.queries],
            [document_id for document_id, _ in self.documents],
            [text for _, text in self.documents],
            positive,
            own,
            allowed,
        )
