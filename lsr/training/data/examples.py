"""What training reads: sources of examples, which name their texts by id."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from lsr_index.errors import InputError

SAMPLE = 1000
"""Examples whose ids are looked up before training where texts are not in memory."""


class Texts(Protocol):
    """Texts by id; a dictionary is one."""

    def __getitem__(self, text_id: str, /) -> str:
        """Return a text; KeyError where there is none."""
        ...

    def __contains__(self, text_id: object, /) -> bool:
        """Tell whether there is a text of an id."""
        ...

    def __iter__(self) -> Iterator[str]:
        """Yield all ids."""
        ...


@dataclass(frozen=True, slots=True)
class Example:
    """A query, a document that answers it, and hard negatives, best first."""

    query_id: str
    positive: str
    negatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """Examples over one collection of queries and documents."""

    name: str
    weight: float
    """Its share of the batches, relative to other sources'."""
    queries: Texts
    documents: Texts
    examples: Sequence[Example]
    relevant: Mapping[str, frozenset[str]]
    """All known positives of a query; none of them counts as a negative."""
    along: Sequence[Example] = ()
    """Further queries with their document, which are in a batch only where the document is."""


def key(source: str, text_id: str) -> str:
    """Return the name that an id has among those of all sources."""
    return f"{source}/{text_id}"


def check(source: Source) -> Source:
    """Return a source whose examples have texts, as far as is cheap to tell.

    Raises:
        InputError: if it has no examples or ids without a text; the message counts them and names the first.
    """
    if not source.examples:
        raise InputError(f"the source {source.name} has no examples")
    if "/" in source.name:
        raise InputError(f"the source {source.name!r} has a slash in its name, which ids are told apart by; rename it")
    whole = isinstance(source.documents, dict)
    missing: dict[str, str] = {}
    for example in source.examples if whole else islice(source.examples, SAMPLE):
        if example.query_id not in source.queries:
            missing.setdefault(f"query {example.query_id!r}", "")
        for document in (example.positive, *example.negatives):
            if document not in source.documents:
                missing.setdefault(f"document {document!r}", "")
    if missing:
        raise InputError(
            f"the source {source.name} names {len(missing)} ids that have no text, the first is {next(iter(missing))}; "
            "complete the corpus and the queries, or leave these examples out"
        )
    return source


def positives(examples: Sequence[Example]) -> dict[str, frozenset[str]]:
    """Return the positives of each query."""
    found: dict[str, set[str]] = {}
    for example in examples:
        found.setdefault(example.query_id, set()).add(example.positive)
    return {query: frozenset(documents) for query, documents in found.items()}
