"""What is asked of an index and what comes back: the values between the routes, the page and the engine."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lsr.retriever import Hit, Retriever
from lsr_index.filters import Filter
from lsr_index.index import Mode
from lsr_index.kernels.limits import Limits


@dataclass(frozen=True, slots=True)
class Asked:
    """A search."""

    query: str | Mapping[str, float]
    """A text, or weights of terms."""
    start: int = 0
    """Hits that are left out."""
    size: int = 10
    filter: Filter | str | None = None
    stored: bool = True
    """Whether stored documents are wanted; ids and scores alone cost less."""
    highlight: bool = False
    explain: bool = False
    mode: Mode = "safe"
    limits: Limits | None = None
    rescore: bool | int | None = None
    timeout_ms: float | None = None
    generation: int | None = None
    """The version of the index to be searched; None is the newest."""
    retriever: Retriever | None = None
    """That version, once it was looked up."""
    begun: float = field(default_factory=time.monotonic)
    """When it came, on the monotonic clock: the time limit counts from here."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a stored text with the words that match."""

    text: str
    offset: int
    """Where in the stored text it begins, in characters."""
    marks: list[tuple[int, int]]
    """Begin and end of each matching word in `text`."""


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search."""

    hits: list[Hit]
    """With `terms` where an explanation was asked for."""
    highlights: list[Mapping[str, list[Fragment]]]
    """One a hit, by field: "title", "text"; empty unless asked for."""
    found: int
    """Hits seen, those before the first of `hits` included."""
    complete: bool
    """Whether no further document matches."""
    partial: bool
    """Whether the time ran out: these are the best of what was looked at."""
    generation: int
    """Of the index."""
    tokens: list[tuple[str, float]]
    """The query's terms and weights, heaviest first; empty unless an explanation was asked for."""
    ignored: list[str]
    """Terms that the vocabulary lacks, of queries that are weights."""
    timings: Mapping[str, float]
    """Milliseconds of "queue", "encode", "search" and "fetch"."""

    @property
    def took_ms(self) -> float:
        """Milliseconds from the arrival of the request until the hits were there."""
        return sum(self.timings.values())

    @property
    def total(self) -> dict[str, Any]:
        """How many match: `{"value", "relation"}`."""
        return {"value": self.found, "relation": "eq" if self.complete else "gte"}
