"""Answers as plain values, ready to be written as JSON; the forms are those of `schemas`."""

from collections.abc import Collection, Mapping
from typing import Any

from lsr.retriever import Hit, TermScore
from lsr_service.asked import Found, Fragment


def rendered(
    found: Found,
    fields: Collection[str] | None,
    left_out: Collection[str] | None = None,
    *,
    explain: bool,
    by_tokens: bool,
) -> dict[str, Any]:
    """Return a `SearchAnswer`.

    Args:
        found: What was found.
        fields: Stored fields to show; None shows all.
        left_out: Those of them that are not shown.
        explain: Whether the encoded query is shown.
        by_tokens: Whether the query was weights, so that unknown terms are listed.
    """
    hits = [_hit(hit, fields, left_out or ()) for hit in found.hits]
    for hit, fragments in zip(hits, found.highlights, strict=False):
        hit["highlight"] = highlight(fragments)
    answer: dict[str, Any] = {
        "took_ms": round(found.took_ms, 3),
        "total": found.total,
        "partial": found.partial,
        "generation": found.generation,
        "hits": hits,
    }
    if explain:
        answer["query_tokens"] = dict(found.tokens)
    if by_tokens:
        answer["query_tokens_ignored"] = found.ignored
    return answer


def explanation(terms: Collection[TermScore]) -> list[dict[str, Any]]:
    """Return contributions."""
    return [
        {
            "term": term.term,
            "query_weight": term.query_weight,
            "document_weight": term.document_weight,
            "product": term.product,
        }
        for term in terms
    ]


def highlight(fragments: Mapping[str, Collection[Fragment]]) -> dict[str, Any]:
    """Return fragments by field."""
    return {
        name: [{"text": each.text, "offset": each.offset, "marks": each.marks} for each in some]
        for name, some in fragments.items()
    }


def server_timing(found: Found) -> str:
    """Return the header that says how long the stages took."""
    return ", ".join(f"{stage};dur={spent:.3f}" for stage, spent in found.timings.items())


def _source_of(hit: Hit, fields: Collection[str] | None, left_out: Collection[str]) -> dict[str, Any]:
    source = {"title": hit.title, "text": hit.text, **hit.fields}
    if fields is None and not left_out:
        return source
    wanted = source.keys() if fields is None else fields
    return {name: value for name, value in source.items() if name in wanted and name not in left_out}


def _hit(hit: Hit, fields: Collection[str] | None, left_out: Collection[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"id": hit.id, "score": hit.score, "source": _source_of(hit, fields, left_out)}
    if hit.terms is not None:
        found["explanation"] = explanation(hit.terms)
    return found
