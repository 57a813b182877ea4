"""A text in, its vector out."""

import time

from fastapi import APIRouter

from lsr_service.engine import Engine
from lsr_service.openapi import errors
from lsr_service.responses import JSON
from lsr_service.routes.bodies import Bodies
from lsr_service.routes.dependencies import CurrentSettings, DefaultEngine, NamedEngine, check_limit
from lsr_service.schemas import EncodeAnswer, EncodeRequest
from lsr_service.searching import encode
from lsr_service.settings import Settings

router = APIRouter(prefix="/v1", tags=["encode"], route_class=Bodies)


@router.post(
    "/encode",
    summary="Show the vector of a text",
    response_model=EncodeAnswer,
    responses=errors(400, 404, 413, 415, 422, 429, 500, 503),
)
async def encode_by_default(body: EncodeRequest, engine: DefaultEngine, settings: CurrentSettings) -> JSON:
    """Do the same with the model of the index that the server names first."""
    return await _encode(body, engine, settings)


@router.post(
    "/indexes/{name}/encode",
    summary="Show the vector of a text",
    response_model=EncodeAnswer,
    responses=errors(400, 404, 413, 415, 422, 429, 500, 503),
)
async def encode_by_name(body: EncodeRequest, engine: NamedEngine, settings: CurrentSettings) -> JSON:
    """Return the weights of the text's terms; a document side that is not at hand is loaded first."""
    return await _encode(body, engine, settings)


async def _encode(body: EncodeRequest, engine: Engine, settings: Settings) -> JSON:
    documents = body.side == "document"
    limit = settings.max_document_characters if documents else settings.max_query_characters
    check_limit("the text", len(body.text), limit, "characters", ["body", "text"])
    begun = time.perf_counter()
    tokens = await encode(engine, body.text, documents=documents, top_k=body.top_k)
    timing = f"encode;dur={1000 * (time.perf_counter() - begun):.3f}"
    return JSON({"tokens": tokens, "model": engine.model, "side": body.side}, headers={"Server-Timing": timing})
