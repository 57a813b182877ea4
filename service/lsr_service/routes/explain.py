"""Why a document has the score that it has."""

from fastapi import APIRouter

from lsr_service.openapi import errors
from lsr_service.problems import ProblemError
from lsr_service.rendering import explanation
from lsr_service.responses import JSON
from lsr_service.routes.bodies import Bodies
from lsr_service.routes.dependencies import CurrentSettings, NamedEngine, check_limit
from lsr_service.schemas import ExplainAnswer, ExplainRequest
from lsr_service.searching import explain

router = APIRouter(prefix="/v1", tags=["search"], route_class=Bodies)


@router.post(
    "/indexes/{name}/explain",
    summary="Explain a score",
    response_model=ExplainAnswer,
    responses=errors(400, 404, 413, 415, 422, 429, 500, 503),
)
async def explain_document(body: ExplainRequest, engine: NamedEngine, settings: CurrentSettings) -> JSON:
    """Say what each term adds to the score of one document, whether or not a search would show it."""
    check_limit("the query", len(body.query or ""), settings.max_query_characters, "characters", ["body", "query"])
    tokens = body.query_tokens or {}
    check_limit("query_tokens", len(tokens), settings.max_query_tokens, "terms", ["body", "query_tokens"])
    parts = await explain(engine, body.id, body.query if body.query is not None else tokens)
    if parts is None:
        raise ProblemError(404, f"there is no document {body.id!r}")
    score = sum(part.product for part in parts)
    return JSON({"id": body.id, "score": score, "explanation": explanation(parts)})
