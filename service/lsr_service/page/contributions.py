"""Why a hit has its score: contributions of terms as bars, and the query's terms as chips."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lsr.retriever import TermScore

MOST_ROWS = 10
MOST_CHIPS = 40


@dataclass(frozen=True)
class Bar:
    """One term of a hit's score, or the sum of the small ones."""

    term: str
    product: float
    share: float
    """Length of the bar, per cent of the longest on the page."""
    offset: float = 0.0
    """Where the bar begins when all stand in one line, per cent of the best score."""
    width: float = 0.0
    """How long it is there."""
    query_weight: float | None = None
    document_weight: float | None = None
    added: str = ""
    """Which text the model added the term to; empty where it is a word of both."""


@dataclass(frozen=True)
class Chip:
    """One term of an encoded query."""

    term: str
    weight: float
    share: float
    """Per cent of the heaviest."""
    added: bool


def shown(term: str) -> str:
    """Return a term for readers: continued word pieces begin with an ellipsis, marks of spaces are dropped."""
    return "…" + term[2:] if term.startswith("##") and len(term) > 2 else term.lstrip("Ġ▁") or term


def bars(
    terms: Sequence[TermScore], in_query: Collection[str], in_document: Collection[str], best: float, longest: float
) -> list[Bar]:
    """Return the bars of one hit, largest first; the rest summed up in the last.

    Args:
        terms: Contributions, largest first.
        in_query: Terms that are words of the query.
        in_document: Terms that are words of the document.
        best: The best score on the page.
        longest: The largest product on the page.
    """
    few = len(terms) <= MOST_ROWS + 1  # a rest of one term is better shown
    kept, rest = (terms, ()) if few else (terms[:MOST_ROWS], terms[MOST_ROWS:])
    found, offset = [], 0.0
    for term in kept:
        width = _percent(term.product, best)
        added = added_to(term.term, in_query, in_document)
        found.append(
            Bar(
                shown(term.term),
                term.product,
                _percent(term.product, longest),
                offset,
                width,
                term.query_weight,
                term.document_weight,
                added,
            )
        )
        offset += width
    if rest:
        product = sum(term.product for term in rest)
        name = f"the other {len(rest)} terms"
        found.append(Bar(name, product, _percent(product, longest), offset, _percent(product, best)))
    return found


def added_to(term: str, in_query: Collection[str], in_document: Collection[str]) -> str:
    """Say which text lacks the term as a word, so that it is an expansion there."""
    if term in in_query:
        return "" if term in in_document else "document"
    return "query" if term in in_document else "query and document"


def chips(weights: Mapping[str, float], in_query: Collection[str]) -> tuple[list[Chip], int]:
    """Return the heaviest terms of a query as chips, and how many are left out."""
    kept = list(weights.items())[:MOST_CHIPS]
    heaviest = max((weight for _, weight in kept), default=0.0)
    made = [Chip(shown(term), weight, _percent(weight, heaviest), term not in in_query) for term, weight in kept]
    return made, len(weights) - len(kept)


def longest(hits: Iterable[Sequence[TermScore]]) -> float:
    """Return the largest product of any hit."""
    return max((terms[0].product for terms in hits if terms), default=0.0)


def _percent(value: float, whole: float) -> float:
    return round(100 * value / whole, 2) if whole > 0 else 0.0
