"""`/v1/search`: texts or term weights in, hits out."""

from collections.abc import Collection
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from lsr.retriever import Hit
from lsr_service.engine import Engine, Page
from lsr_service.openapi import errors
from lsr_service.responses import JSON
from lsr_service.routes.dependencies import CurrentSettings, ReadyEngine, check_limit
from lsr_service.schemas import SearchAnswer, SearchParameters, SearchRequest
from lsr_service.settings import Settings

router = APIRouter(prefix="/v1", tags=["search"])


@router.post(
    "/search",
    summary="Search with a text or with term weights",
    response_model=SearchAnswer,
    responses=errors(400, 413, 415, 422, 500, 503),
)
def search(body: SearchRequest, engine: ReadyEngine, settings: CurrentSettings) -> JSON:
    """Return the best documents by the inner product of query and document weights, best first."""
    return _search(body, engine, settings, "body")


@router.get(
    "/search",
    summary="Search with a text",
    response_model=SearchAnswer,
    responses=errors(400, 422, 500, 503),
)
def search_by_url(
    parameters: Annotated[SearchParameters, Query()], engine: ReadyEngine, settings: CurrentSettings
) -> JSON:
    """Do the same with query parameters; repeat `fields` to name several."""
    request = SearchRequest.model_construct(
        query=parameters.q,
        size=parameters.size,
        start=parameters.start,
        explain=parameters.explain,
        fields=parameters.fields,
    )
    return _search(request, engine, settings, "query")


def _search(request: SearchRequest, engine: Engine, settings: Settings, where: str) -> JSON:
    query = request.query if request.query is not None else request.query_tokens or {}
    if isinstance(query, str):
        loc = [where, "q" if where == "query" else "query"]
        check_limit("the query", len(query), settings.max_query_characters, "characters", loc)
    else:
        check_limit("query_tokens", len(query), settings.max_query_tokens, "terms", [where, "query_tokens"])
    end = request.start + request.size
    check_limit("from + size", end, settings.max_k, "ranks", [where, "size"])
    page = engine.search(query, start=request.start, size=request.size, explain=request.explain)
    answer = _answer(page, end, request.fields)
    if not isinstance(query, str):
        answer["query_tokens_ignored"] = engine.unknown_terms(query)
    timing = f"encode;dur={page.encode_ms:.3f}, search;dur={page.search_ms:.3f}"
    return JSON(answer, headers={"Server-Timing": timing})


def _answer(page: Page, end: int, fields: Collection[str] | None) -> dict[str, Any]:
    return {
        "took_ms": round(page.encode_ms + page.search_ms, 3),
        "total": {"value": page.found, "relation": "eq" if page.found < end else "gte"},
        "hits": [_hit(hit, fields) for hit in page.hits],
    }


def _hit(hit: Hit, fields: Collection[str] | None) -> dict[str, Any]:
    source = {"title": hit.title, "text": hit.text, **hit.fields}
    if fields is not None:
        source = {name: value for name, value in source.items() if name in fields}
    found: dict[str, Any] = {"id": hit.id, "score": hit.score, "source": source}
    if hit.terms is not None:
        found["explanation"] = [asdict(term) for term in hit.terms]
    return found
