"""`/healthz` and `/readyz`: whether the process lives, and whether it can answer."""

from fastapi import APIRouter, Request

from lsr_service.openapi import errors
from lsr_service.responses import JSON
from lsr_service.routes.dependencies import AllIndexes
from lsr_service.schemas import Alive, Ready

router = APIRouter(tags=["health"])


# Coroutines: they must answer even when every thread of the pool is searching.
@router.get("/healthz", summary="Is the process alive?", response_model=Alive)
async def healthz() -> JSON:
    """Answer as soon as the server listens; a failed load counts as alive."""
    return JSON({"status": "ok"})


@router.get("/readyz", summary="Can it answer searches?", response_model=Ready, responses=errors(503))
async def readyz(request: Request, indexes: AllIndexes) -> JSON:
    """Answer 200 once every model and index is loaded and a search of each has run; facts are of the first index.

    Where keys are asked for, the status is all that is told without one.
    """
    for engine in indexes.values():
        engine.check_ready()
    if request.app.state.has_keys and request.scope["state"].get("key") is None:
        return JSON({"status": "ready"})
    answer = {"status": "ready", "documents": 0, "terms": 0, "model": None}
    if len(indexes):
        manifest = indexes.default.index.manifest
        facts = {"documents": manifest.documents, "terms": manifest.vocabulary_size, "model": indexes.default.model}
        answer |= facts
    return JSON({**answer, "indexes": {name: engine.status for name, engine in indexes.items()}})
