"""`/v1/encode`: a text in, its vector out."""

import time

from fastapi import APIRouter

from lsr_service.openapi import errors
from lsr_service.responses import JSON
from lsr_service.routes.dependencies import CurrentSettings, ReadyEngine, check_limit
from lsr_service.schemas import EncodeAnswer, EncodeRequest

router = APIRouter(prefix="/v1", tags=["encode"])


@router.post(
    "/encode",
    summary="Show the vector of a text",
    response_model=EncodeAnswer,
    responses=errors(400, 413, 415, 422, 500, 503),
)
def encode(body: EncodeRequest, engine: ReadyEngine, settings: CurrentSettings) -> JSON:
    """Return the weights of the text's terms; a document side that is not at hand is loaded first."""
    documents = body.side == "document"
    limit = settings.max_document_characters if documents else settings.max_query_characters
    check_limit("the text", len(body.text), limit, "characters", ["body", "text"])
    begun = time.perf_counter()
    tokens = engine.encode(body.text, documents=documents, top_k=body.top_k)
    timing = f"encode;dur={1000 * (time.perf_counter() - begun):.3f}"
    return JSON({"tokens": tokens, "model": engine.model, "side": body.side}, headers={"Server-Timing": timing})
