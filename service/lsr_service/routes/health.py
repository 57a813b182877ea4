"""`/healthz` and `/readyz`: whether the process lives, and whether it can answer."""

from fastapi import APIRouter

from lsr_service.openapi import errors
from lsr_service.responses import JSON
from lsr_service.routes.dependencies import AnyEngine, ReadyEngine
from lsr_service.schemas import Alive, Ready

router = APIRouter(tags=["health"])


# Coroutines: they must answer even when every thread of the pool is searching.
@router.get("/healthz", summary="Is the process alive?", response_model=Alive)
async def healthz(engine: AnyEngine) -> JSON:
    """Answer as soon as the server listens; a failed load counts as alive."""
    return JSON({"status": "ok"})


@router.get("/readyz", summary="Can it answer searches?", response_model=Ready, responses=errors(503))
async def readyz(engine: ReadyEngine) -> JSON:
    """Answer 200 once the model, the index and the kernels are loaded and one search has run."""
    manifest = engine.index.manifest
    return JSON(
        {
            "status": "ready",
            "documents": manifest.documents,
            "terms": manifest.vocabulary_size,
            "model": engine.model,
        }
    )
