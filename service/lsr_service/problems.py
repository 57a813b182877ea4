"""Errors as RFC 9457 problem documents: one form for every answer that is not a success.

    ProblemError         raised by routes; carries its status
    LsrError             raised by the engine; the class decides the status (see `STATUSES`)
    HTTPException        raised by the framework: unknown paths, wrong methods, unreadable bodies
    RequestValidationError   raised by pydantic

Anything else is a defect: `RequestContext` logs it and answers 500 without a word about the inside.
"""

import logging
import re
import reprlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from lsr_index.errors import (
    IndexNotFoundError,
    InputError,
    LsrError,
    MissingDependencyError,
    ModelError,
    VocabularyMismatchError,
)
from lsr_service.responses import JSON

log = logging.getLogger("lsr_service")
FOLDERS = re.compile(r"(?<![\w/])/(?:[^\s/'\":;,]+/)+")
"""The folders of a path on this machine, which are nobody's business outside."""
MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 20  # ten thousand bad weights need no ten thousand messages
GONE = "the index is gone; GET /v1/indexes lists what there is"
STATUSES: dict[type[LsrError], int] = {
    IndexNotFoundError: 404,
    InputError: 400,
    VocabularyMismatchError: 400,
    ModelError: 503,
    MissingDependencyError: 503,
}
"""Statuses of the engine's errors; those that are missing are the server's fault: 500."""


class ProblemError(Exception):
    """A request that is answered with an error.

    Args:
        status: The HTTP status.
        detail: One line: what is wrong, the value, what to do.
        errors: Where in the request, as `{"loc": […], "msg": …}`.
        headers: Sent with the answer.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers


def status_of(error: LsrError) -> int:
    """Return the status that an engine's error is answered with."""
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 500)


def without_folders(text: str) -> str:
    """Leave of every absolute path only its last part."""
    return FOLDERS.sub("", text)


def refusal(error: ProblemError | LsrError) -> tuple[int, str]:
    """Return the status and the line of an error that concerns one part of a request."""
    if isinstance(error, ProblemError):
        return error.status, error.detail
    detail = GONE if isinstance(error, IndexNotFoundError) else " ".join(str(error).split())
    return status_of(error), without_folders(detail)


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem document."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(LsrError, _on_lsr_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid)


def answer(
    status: int,
    detail: str,
    request_id: str,
    *,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSON:
    """Return a problem document."""
    problem = {
        "type": "about:blank",  # RFC 9457, 4.2.1: the status says it all
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": " ".join(detail.split()),
        "request_id": request_id,
    }
    if errors:
        problem["errors"] = [dict(error) for error in errors]
    return JSON(problem, status, headers, media_type=MEDIA_TYPE)


async def _on_problem(request: Request, error: Exception) -> JSON:
    assert isinstance(error, ProblemError)
    return answer(error.status, error.detail, _id(request), errors=error.errors, headers=error.headers)


async def _on_lsr_error(request: Request, error: Exception) -> JSON:
    assert isinstance(error, LsrError)
    status, detail = refusal(error)
    if status >= 500:
        log.error("request %s: %s", _id(request), error)
    return answer(status, detail, _id(request))


async def _on_http_exception(request: Request, error: Exception) -> JSON:
    assert isinstance(error, HTTPException)
    headers, where = dict(error.headers or {}), reprlib.repr(request.url.path)
    detail = error.detail
    if error.status_code == 404:
        detail = f"there is nothing at {where}; /openapi.json lists what there is"
    elif error.status_code == 405:
        headers["Allow"] = _allowed(request)
        detail = f"{request.method} is not allowed on {where}; use {headers['Allow']}"
    elif error.status_code == 400:
        detail = "the body cannot be read; send one JSON object in UTF-8"
    return answer(error.status_code, detail, _id(request), headers=headers)


async def _on_invalid(request: Request, error: Exception) -> JSON:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    first = found[0]
    if first["loc"] == ("body",) and first["type"] == "model_attributes_type" and isinstance(first["input"], bytes):
        given = request.headers.get("content-type", "none")
        return answer(415, f"the body has the content type {given}; send it as application/json", _id(request))
    if first["type"] == "json_invalid":
        place = f"{first['ctx']['error']} at character {first['loc'][-1]}"
        return answer(422, f"the body is not JSON: {place}", _id(request), errors=[_located(first)])
    where = ".".join(str(part) for part in first["loc"])
    detail = f"{where}: {_message(first)}"
    if first["type"] not in ("missing", "value_error"):
        detail += f", got {reprlib.repr(first['input'])}"
    if len(found) > 1:
        detail += f" (and {len(found) - 1} more, see errors)"
    return answer(422, detail, _id(request), errors=[_located(each) for each in found[:MOST_ERRORS]])


def _located(error: Mapping[str, Any]) -> dict[str, Any]:
    return {"loc": list(error["loc"]), "msg": _message(error)}


def _message(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "not expected here, /openapi.json lists the fields"
    return str(error["msg"]).removeprefix("Value error, ")


def _allowed(request: Request) -> str:
    # The framework knows the methods of one route only; the description has all routes of the path.
    found = [
        method.upper()
        for template, operations in request.app.openapi()["paths"].items()
        if _pattern(template).fullmatch(request.url.path)
        for method in operations
    ]
    return ", ".join(sorted(set(found))) or "GET"


@lru_cache(maxsize=100)
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+\})", template)
    wild = {"{document}": ".+"}
    return re.compile("".join(wild.get(part, "[^/]+") if part[:1] == "{" else re.escape(part) for part in parts))


def _id(request: Request) -> str:
    return str(request.state.request_id)
