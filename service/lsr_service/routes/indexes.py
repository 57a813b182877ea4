"""`/v1/indexes`: which indexes there are, and what is in them; new ones, and their end."""

from functools import partial
from typing import Any

import anyio.to_thread
from fastapi import APIRouter

from lsr_service import creating
from lsr_service.engine import Engine
from lsr_service.index_schemas import IndexBody, IndexFacts, IndexGone, IndexList
from lsr_service.openapi import errors
from lsr_service.responses import JSON
from lsr_service.routes.bodies import Bodies
from lsr_service.routes.dependencies import AllIndexes, CurrentSettings, Name, check_limit

router = APIRouter(prefix="/v1/indexes", tags=["indexes"], route_class=Bodies)


@router.get("", summary="List the indexes", response_model=IndexList)
async def list_indexes(indexes: AllIndexes) -> JSON:
    """Return all indexes; the first is the one that `/v1/search` asks."""
    return JSON({"indexes": [facts(engine) for engine in indexes.values()]})


@router.get("/{name}", summary="Describe an index", response_model=IndexFacts, responses=errors(404, 422))
async def describe_index(name: Name, indexes: AllIndexes) -> JSON:
    """Return the size, the model and the state of an index."""
    return JSON(facts(indexes.named(name)))


@router.put(
    "/{name}",
    summary="Create an index",
    status_code=201,
    response_model=IndexFacts,
    responses=errors(400, 409, 413, 415, 422, 500, 503),
)
async def create_index(name: Name, body: IndexBody, indexes: AllIndexes, settings: CurrentSettings) -> JSON:
    """Make an empty index, or one with first documents, in the folder that the server was started with."""
    check_limit("documents", len(body.documents), settings.max_bulk_items, "items", ["body", "documents"])
    for place, each in enumerate(body.documents):
        loc = ["body", "documents", str(place), "text"]
        check_limit("the text", len(each.text), settings.max_document_characters, "characters", loc)
    make = partial(
        creating.create,
        indexes,
        name,
        body.model or settings.models[0],
        inference_free=body.inference_free,
        exact=body.exact,
        documents=[each.document() for each in body.documents],
    )
    return JSON(facts(await anyio.to_thread.run_sync(make)), 201)


@router.delete(
    "/{name}", summary="Delete an index", response_model=IndexGone, responses=errors(404, 409, 422, 500, 503)
)
async def delete_index(name: Name, indexes: AllIndexes) -> JSON:
    """Take an index out of service and delete its files; only one that stands in the server's own folder."""
    indexes.named(name)
    await anyio.to_thread.run_sync(creating.remove, indexes, name)
    return JSON({"name": name, "result": "deleted"})


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
        "pending": engine.writing.pending,
        "waiting": engine.queries.waiting,
    }
