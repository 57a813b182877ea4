"""`/v1/indexes`: which indexes there are, and what is in them."""

from typing import Any

from fastapi import APIRouter

from lsr_service.engine import Engine
from lsr_service.index_schemas import IndexFacts, IndexList
from lsr_service.openapi import errors
from lsr_service.responses import JSON
from lsr_service.routes.dependencies import AllIndexes, Name

router = APIRouter(prefix="/v1/indexes", tags=["indexes"])


@router.get("", summary="List the indexes", response_model=IndexList)
async def list_indexes(indexes: AllIndexes) -> JSON:
    """Return all indexes; the first is the one that `/v1/search` asks."""
    return JSON({"indexes": [facts(engine) for engine in indexes.values()]})


@router.get("/{name}", summary="Describe an index", response_model=IndexFacts, responses=errors(404, 422))
async def describe_index(name: Name, indexes: AllIndexes) -> JSON:
    """Return the size, the model and the state of an index."""
    return JSON(facts(indexes.named(name)))


def facts(engine: Engine) -> dict[str, Any]:
    """Return what `IndexFacts` says of an index."""
    manifest = engine.index.manifest
    return {
        "name": engine.name,
        "status": engine.status,
        "documents": manifest.documents,
        "deleted": sum(segment.deleted for segment in manifest.segments),
        "terms": manifest.vocabulary_size,
        "postings": manifest.postings,
        "bytes": manifest.bytes,
        "segments": len(manifest.segments),
        "generation": manifest.generation,
        "created": manifest.created,
        "model": engine.model,
        "kind": (manifest.encoder or {}).get("kind"),
        "exact": manifest.exact,
        "tuned": manifest.tuned is not None,
        "waiting": engine.queries.waiting,
    }
