"""What the service answers, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Contribution:
    """What one term added to a score."""

    term: str
    query_weight: float
    document_weight: float
    product: float


@dataclass(frozen=True)
class Fragment:
    """A piece of a stored text with the words that match."""

    text: str
    offset: int
    """Where it begins in the stored text, in characters."""
    marks: list[list[int]]
    """Begin and end of each matching word in `text`."""


@dataclass(frozen=True)
class Hit:
    """One found document."""

    id: str
    score: float
    source: Mapping[str, Any]
    """The stored document: text, title and its other fields."""
    highlight: Mapping[str, list[Fragment]] | None = None
    explanation: list[Contribution] | None = None


@dataclass(frozen=True)
class SearchResult:
    """The hits of a search, best first."""

    hits: list[Hit]
    total: int
    """Hits seen, skipped ones included."""
    is_exact: bool
    """Whether no further document matches."""
    partial: bool
    """Whether the time ran out."""
    took_ms: float
    generation: int
    query_tokens: Mapping[str, float] | None = None
    query_tokens_ignored: list[str] | None = None


@dataclass(frozen=True)
class Failure:
    """One search of several that failed."""

    status: int
    detail: str


@dataclass(frozen=True)
class Explanation:
    """Why a document has its score."""

    id: str
    score: float
    explanation: list[Contribution]
    query_tokens: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Encoding:
    """The vector of a text."""

    tokens: Mapping[str, float]
    """Weights by term, heaviest first."""
    model: str
    side: str


@dataclass(frozen=True)
class Document:
    """A stored document."""

    id: str
    source: Mapping[str, Any]


@dataclass(frozen=True)
class Written:
    """A change that is on disk."""

    id: str
    result: str
    """`stored` or `deleted`."""
    visible: bool
    """Whether searches see it already."""


@dataclass(frozen=True)
class Item:
    """What became of one change of many."""

    id: str | None
    status: int
    result: str
    detail: str | None = None


@dataclass(frozen=True)
class Index:
    """An index that the service has."""

    name: str
    status: str
    """`loading`, `ready` or `failed`."""
    documents: int
    deleted: int
    terms: int
    postings: int
    bytes: int
    segments: int
    generation: int
    model: str | None
    kind: str | None
    pending: int = 0
    """Documents with changes that are on disk and not visible yet."""


def of(kind: type[T], value: Mapping[str, Any]) -> T:
    """Make a value of a JSON object; keys that it does not have, of a later service, are left out."""
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{key: found for key, found in value.items() if key in names})


def search_result(body: Mapping[str, Any]) -> SearchResult:
    """Read the answer to a search."""
    return SearchResult(
        hits=[_hit(hit) for hit in body["hits"]],
        total=body["total"]["value"],
        is_exact=body["total"]["relation"] == "eq",
        partial=body["partial"],
        took_ms=body["took_ms"],
        generation=body["generation"],
        query_tokens=body.get("query_tokens"),
        query_tokens_ignored=body.get("query_tokens_ignored"),
    )


def search_results(body: Mapping[str, Any]) -> list[SearchResult | Failure]:
    """Read the answer to several searches."""
    return [search_result(one) if one["status"] == 200 else of(Failure, one) for one in body["results"]]


def explanation(body: Mapping[str, Any]) -> Explanation:
    """Read why a document has its score."""
    return of(Explanation, {**body, "explanation": _contributions(body["explanation"])})


def _hit(value: Mapping[str, Any]) -> Hit:
    marked = value.get("highlight")
    highlight = marked and {name: [of(Fragment, each) for each in some] for name, some in marked.items()}
    told = value.get("explanation")
    return Hit(value["id"], value["score"], value["source"], highlight, None if told is None else _contributions(told))


def _contributions(values: list[Mapping[str, Any]]) -> list[Contribution]:
    return [of(Contribution, value) for value in values]
