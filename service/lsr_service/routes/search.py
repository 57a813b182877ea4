"""Texts or term weights in, hits out: of a named index, of the first one, of several at once."""

from typing import Annotated

from fastapi import APIRouter, Query

from lsr_service.engine import Engine
from lsr_service.openapi import errors
from lsr_service.rendering import rendered, server_timing
from lsr_service.requests import asked_by
from lsr_service.responses import JSON
from lsr_service.routes.bodies import Bodies
from lsr_service.routes.dependencies import CurrentSettings, DefaultEngine, NamedEngine
from lsr_service.schemas import SearchAnswer, SearchParameters, SearchRequest
from lsr_service.searching import search
from lsr_service.settings import Settings

router = APIRouter(prefix="/v1", tags=["search"], route_class=Bodies)
ERRORS = errors(400, 404, 409, 413, 414, 415, 422, 429, 500, 503)
Parameters = Annotated[SearchParameters, Query()]


@router.post("/indexes/{name}/search", summary="Search an index", response_model=SearchAnswer, responses=ERRORS)
async def search_index(body: SearchRequest, engine: NamedEngine, settings: CurrentSettings) -> JSON:
    """Return the best documents by the inner product of query and document weights, best first."""
    return await _search(body, engine, settings)


@router.get("/indexes/{name}/search", summary="Search an index by URL", response_model=SearchAnswer, responses=ERRORS)
async def search_index_by_url(parameters: Parameters, engine: NamedEngine, settings: CurrentSettings) -> JSON:
    """Do the same with query parameters; repeat `fields` to name several."""
    return await _search(parameters, engine, settings)


@router.post("/search", summary="Search the first index", response_model=SearchAnswer, responses=ERRORS)
async def search_default(body: SearchRequest, engine: DefaultEngine, settings: CurrentSettings) -> JSON:
    """Search the index that the server names first, as `/v1/indexes/{name}/search` does."""
    return await _search(body, engine, settings)


@router.get("/search", summary="Search the first index by URL", response_model=SearchAnswer, responses=ERRORS)
async def search_default_by_url(parameters: Parameters, engine: DefaultEngine, settings: CurrentSettings) -> JSON:
    """Do the same with query parameters; repeat `fields` to name several."""
    return await _search(parameters, engine, settings)


async def _search(request: SearchRequest | SearchParameters, engine: Engine, settings: Settings) -> JSON:
    found = await search(engine, asked_by(request, settings))
    by_tokens = isinstance(request, SearchRequest) and request.query is None
    answer = rendered(found, request.fields, request.fields_left_out, explain=request.explain, by_tokens=by_tokens)
    return JSON(answer, headers={"Server-Timing": server_timing(found)})
