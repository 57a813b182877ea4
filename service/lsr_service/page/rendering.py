"""From columns to what the templates show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lsr.retriever import Hit
from lsr_service.page import contributions, words
from lsr_service.page.asked import SIZES, Asked
from lsr_service.page.columns import Column
from lsr_service.page.contributions import Bar, Chip
from lsr_service.page.marking import Piece, excerpt, pieces

EXCERPT = 260
"""Characters of a text that are shown before it is opened."""
WHOLE = 6_000
"""Characters of a text that are shown when it is."""
VALUE = 200


@dataclass(frozen=True)
class ShownHit:
    """A hit, ready to be shown."""

    id: str
    rank: int
    score: float
    title: list[Piece]
    link: str
    excerpt: list[Piece]
    text: list[Piece]
    """The whole text, empty where the excerpt is all of it."""
    fields: list[tuple[str, str]]
    bars: list[Bar]
    elsewhere: str
    """Where the other column has it."""


@dataclass(frozen=True)
class ShownColumn:
    """A column, ready to be shown."""

    column: Column
    chips: list[Chip]
    chips_left: int
    hits: list[ShownHit]
    previous: str | None
    """The address of the page before, None on the first."""
    next: str | None


def context(
    asked: Asked,
    names: Sequence[str],
    columns: Sequence[Column],
    *,
    examples: Sequence[str] = (),
    fields: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what the search page's templates need.

    Args:
        asked: What the address asks for.
        names: The server's indexes.
        columns: One or two answers.
        examples: Queries to begin with.
        fields: What can be filtered on, by name.
    """
    problems = dict(asked.problems)
    for column in columns:
        if column.filter_problem:
            problems.setdefault("filter", column.filter_problem)
    return {
        "section": "search",
        "asked": asked,
        "names": names,
        "sizes": sorted({*SIZES, asked.size}),
        "problems": problems,
        "searched": bool(asked.query) and "filter" not in problems,
        "columns": [_column(asked, column, columns) for column in columns],
        "again": any(column.again for column in columns),
        "examples": [(example, Asked(query=example, a=asked.a, b=asked.b).address()) for example in examples],
        "fields": fields or {},
        "unfiltered": Asked(query=asked.query, a=asked.a, b=asked.b, size=asked.size).address(),
        "status": _status(asked, columns, problems),
    }


def _column(asked: Asked, column: Column, columns: Sequence[Column]) -> ShownColumn:
    split = column.split or (lambda texts: [()] * len(texts))
    in_query = words.terms(words.find(asked.query, column.terms, split))
    chips, left = contributions.chips(column.terms, in_query)
    others = [other for other in columns if other is not column and not other.problem]
    best = column.hits[0].score if column.hits else 0.0
    longest = contributions.longest(hit.terms or [] for hit in column.hits)
    hits = [
        _hit(hit, asked.start + number, split, in_query, best, longest, _elsewhere(hit, asked, others))
        for number, hit in enumerate(column.hits, 1)
    ]
    before = asked.address(max(0, asked.start - asked.size)) if asked.start else None
    after = asked.address(asked.start + asked.size) if column.more else None
    return ShownColumn(column, chips, left, hits, before, after)


def _hit(
    hit: Hit,
    rank: int,
    split: words.Split,
    in_query: frozenset[str],
    best: float,
    longest: float,
    elsewhere: str,
) -> ShownHit:
    terms = hit.terms or []
    wanted = {term.term for term in terms}
    in_title, in_text = words.find(hit.title, wanted, split), words.find(hit.text, wanted, split)
    spans = words.marks(in_text)
    short = excerpt(hit.text, spans, EXCERPT)
    whole = pieces(hit.text, spans, 0, min(len(hit.text), WHOLE)) if len(hit.text) > EXCERPT else []
    return ShownHit(
        hit.id,
        rank,
        hit.score,
        pieces(hit.title, words.marks(in_title)),
        _link(hit.fields),
        short,
        whole,
        [(name, _short(value)) for name, value in hit.fields.items()],
        contributions.bars(terms, in_query, words.terms(in_title) | words.terms(in_text), best, longest),
        elsewhere,
    )


def _elsewhere(hit: Hit, asked: Asked, others: Sequence[Column]) -> str:
    for other in others:
        for rank, same in enumerate(other.hits, asked.start + 1):
            if same.id == hit.id:
                return f"also rank {rank} in {other.name}"
        return f"not among these of {other.name}" if other.hits else ""
    return ""


def _link(fields: Mapping[str, Any]) -> str:
    # Any other scheme, javascript: above all, would do more than lead somewhere.
    url = fields.get("url")
    try:
        return url if isinstance(url, str) and urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= VALUE else text[:VALUE] + "…"


def _status(asked: Asked, columns: Sequence[Column], problems: Mapping[str, str]) -> str:
    if problems:
        return " ".join(problems.values())
    if not asked.query:
        return ""
    said = []
    for column in columns:
        if column.problem:
            said.append(f"{column.name}: {column.problem}")
        elif column.hits:
            said.append(f"{column.name}: hits {asked.start + 1} to {asked.start + len(column.hits)}.")
        else:
            said.append(f"{column.name}: no hits.")
    return " ".join(said)
