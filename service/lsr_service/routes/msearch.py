"""Several searches in one request, of one index or of several."""

import asyncio
import time
from typing import Any

from fastapi import APIRouter

from lsr_index.errors import LsrError
from lsr_service.indexes import Indexes
from lsr_service.openapi import errors
from lsr_service.problems import ProblemError, refusal
from lsr_service.rendering import rendered
from lsr_service.requests import asked_by
from lsr_service.responses import JSON
from lsr_service.routes.bodies import Bodies
from lsr_service.routes.dependencies import AllIndexes, CurrentSettings, check_limit
from lsr_service.schemas import ManyAnswer, ManySearches, NamedSearch
from lsr_service.searching import search
from lsr_service.settings import Settings

router = APIRouter(prefix="/v1", tags=["search"], route_class=Bodies)


@router.post(
    "/msearch",
    summary="Search several times",
    response_model=ManyAnswer,
    responses=errors(400, 413, 415, 422, 500),
)
async def search_many(body: ManySearches, indexes: AllIndexes, settings: CurrentSettings) -> JSON:
    """Answer searches in their order; each has a status of its own, and one that fails hurts no others."""
    begun = time.perf_counter()
    check_limit("searches", len(body.searches), settings.max_searches, "items", ["body", "searches"])
    # Asked at once, those of one index are encoded and searched together.
    results = await asyncio.gather(*(_one(each, indexes, settings) for each in body.searches))
    return JSON({"took_ms": round(1000 * (time.perf_counter() - begun), 3), "results": results})


async def _one(asked: NamedSearch, indexes: Indexes, settings: Settings) -> dict[str, Any]:
    try:
        found = await search(indexes.ready(asked.index), asked_by(asked, settings))
    except (ProblemError, LsrError) as error:
        status, detail = refusal(error)
        return {"status": status, "detail": detail}
    answer = rendered(found, asked.fields, asked.fields_left_out, explain=asked.explain, by_tokens=asked.query is None)
    return {"status": 200, **answer}
