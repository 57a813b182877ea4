"""`/v1/indexes/{name}/documents`: read, put and delete one, or change many in one request."""

import json
import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import ValidationError

from lsr_index.documents import Document
from lsr_index.errors import LsrError
from lsr_service.document_schemas import NO_CONTROLS, BulkAnswer, DocumentAnswer, DocumentBody, WriteAnswer
from lsr_service.openapi import errors
from lsr_service.problems import ProblemError, refusal
from lsr_service.responses import JSON
from lsr_service.routes.bodies import Bodies, parsed
from lsr_service.routes.dependencies import CurrentSettings, NamedEngine, check_limit
from lsr_service.searching import read
from lsr_service.settings import Settings
from lsr_service.writing import Change

router = APIRouter(prefix="/v1/indexes/{name}/documents", tags=["documents"], route_class=Bodies)
LONGEST_ID = 512
DocumentId = Annotated[str, Path(min_length=1, max_length=LONGEST_ID, description="The document.", examples=["d1"])]
NewId = Annotated[
    str, Path(min_length=1, max_length=LONGEST_ID, pattern=NO_CONTROLS, description="The document.", examples=["d1"])
]
Refresh = Annotated[bool, Query(description="Answer when the change is visible, not only on disk.")]
BULK = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-ndjson": {
                "schema": {"type": "string"},
                "example": '{"id": "d1", "title": "Rain", "text": "Rain falls."}\n{"delete": "d2"}\n',
            }
        },
    }
}


@router.get(
    "/{document:path}",
    summary="Read a document",
    response_model=DocumentAnswer,
    responses=errors(404, 422, 429, 500, 503),
)
async def read_document(document: DocumentId, engine: NamedEngine) -> JSON:
    """Return a stored document, as it is visible to searches."""
    found = await read(engine, document)
    if found is None:
        raise ProblemError(404, f"there is no document {document!r}")
    return JSON({"id": found.id, "source": {"title": found.title, "text": found.text, **found.fields}})


@router.put(
    "/{document:path}",
    summary="Add or replace a document",
    response_model=WriteAnswer,
    responses=errors(400, 404, 413, 415, 422, 429, 500, 503),
)
async def put_document(
    document: NewId,
    body: DocumentBody,
    engine: NamedEngine,
    settings: CurrentSettings,
    refresh: Refresh = False,
) -> JSON:
    """Answer when the document is on disk; searches find it after a refresh."""
    engine.check_model()
    check_limit("the text", len(body.text), settings.max_document_characters, "characters", ["body", "text"])
    done = await engine.writing.put(Change((_document(document, body),), refresh=refresh))
    return JSON({"id": document, "result": "stored", "visible": done.visible})


@router.delete(
    "/{document:path}",
    summary="Delete a document",
    response_model=WriteAnswer,
    responses=errors(404, 422, 429, 500, 503),
)
async def delete_document(document: DocumentId, engine: NamedEngine, refresh: Refresh = False) -> JSON:
    """Answer when the deletion is on disk; searches miss the document after a refresh."""
    done = await engine.writing.put(Change(deletes=(document,), refresh=refresh))
    if not done.deleted:
        raise ProblemError(404, f"there is no document {document!r}")
    return JSON({"id": document, "result": "deleted", "visible": done.visible})


@router.post(
    "",
    summary="Change many documents",
    response_model=BulkAnswer,
    responses=errors(400, 404, 413, 422, 429, 500, 503),
    openapi_extra=BULK,
)
async def change_documents(
    request: Request, engine: NamedEngine, settings: CurrentSettings, refresh: Refresh = False
) -> JSON:
    """Take a line of JSON a change: a document with its `id`, or `{"delete": ID}`; lines that fail hurt no others."""
    lines = [line for line in (await request.body()).split(b"\n") if line.strip()]
    check_limit("the body", len(lines), settings.max_bulk_items, "lines", ["body"])
    items: list[dict[str, Any]] = []
    waiting: list[tuple[dict[str, Any], Any]] = []
    for line in lines:
        try:
            change, item = _read(line, refresh, settings)
        except ValueError as error:
            items.append({"id": None, "status": 422, "result": "refused", "detail": str(error)})
            continue
        items.append(item)
        try:
            if change.documents:
                engine.check_model()
            waiting.append((item, engine.writing.put(change)))
        except (ProblemError, LsrError) as error:
            item |= _refused(error)
    for item, future in waiting:
        try:
            done = await future
        except (ProblemError, LsrError) as error:
            item |= _refused(error)
            continue
        if item["result"] == "deleted" and not done.deleted:
            item |= {"status": 404, "result": "not found"}
    return JSON({"errors": any(item["status"] >= 400 for item in items), "items": items})


def _refused(error: ProblemError | LsrError) -> dict[str, Any]:
    status, detail = refusal(error)
    return {"status": status, "result": "refused", "detail": detail}


def _read(line: bytes, refresh: bool, settings: Settings) -> tuple[Change, dict[str, Any]]:
    try:
        value = parsed(line, settings.max_depth)
        if isinstance(value, dict) and list(value) == ["delete"] and isinstance(value["delete"], str):
            return Change(deletes=(value["delete"],), refresh=refresh), _item(value["delete"], "deleted")
        if not isinstance(value, dict) or not isinstance(name := value.pop("id", None), str) or not name:
            raise ValueError('a line takes a document with an "id", or {"delete": ID}')
        if len(name) > LONGEST_ID or not re.fullmatch(NO_CONTROLS, name):
            raise ValueError(f"the id has more than {LONGEST_ID} characters, or such as cannot be written in a URL")
        body = DocumentBody.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"the line is not JSON: {error}") from error
    except UnicodeDecodeError as error:
        raise ValueError("the line is no UTF-8") from error
    longest = settings.max_document_characters
    if len(body.text) > longest:
        raise ValueError(f"the text has {len(body.text)} characters, at most {longest} are allowed")
    return Change((_document(name, body),), refresh=refresh), _item(name, "stored")


def _item(name: str, result: str) -> dict[str, Any]:
    return {"id": name, "status": 200, "result": result}


def _document(name: str, body: DocumentBody) -> Document:
    return Document(name, body.text, body.title, body.model_extra or {})
