"""The description at /openapi.json: what FastAPI derives, with problems under their own media type."""

from typing import Any

from fastapi import FastAPI

from lsr_service import access, problems
from lsr_service.schemas import Problem

DESCRIPTION = (
    "Search indexes with texts or with term weights. Every error is an RFC 9457 problem document with a one-line "
    "`detail`; every answer carries `X-Request-ID`."
)
TAGS = [
    {"name": "indexes", "description": "What there is to be searched."},
    {"name": "documents", "description": "Read and change what is in an index."},
    {"name": "search", "description": "Find documents."},
    {"name": "encode", "description": "See what the model makes of a text."},
    {"name": "health", "description": "For load balancers and supervisors."},
]
_DESCRIPTIONS = {
    400: "The query cannot be answered by this index",
    404: "There is no such index or document",
    409: "It does not go with what is there now",
    413: "The body is too large",
    414: "The URL is too long",
    415: "The body is not sent as application/json",
    422: "The request does not fit the schema or exceeds a limit",
    429: "Too many requests wait",
    500: "The index is damaged, or the server has a defect",
    503: "The model or the index is not loaded (yet)",
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that may answer with these errors."""
    return {status: {"model": Problem, "description": _DESCRIPTIONS[status]} for status in statuses}


SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer KEY`"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def install(app: FastAPI, *, has_keys: bool) -> None:
    """Let `app` describe its errors as application/problem+json, and the keys that it asks for."""
    derive = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = derive()
            _relabel(schema)
            if has_keys:
                _secure(schema)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI documents


def _secure(schema: dict[str, Any]) -> None:
    schema["components"]["securitySchemes"] = SCHEMES
    problem = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            scope = access.needed(method.upper(), path)
            if scope is None:
                continue
            operation["security"] = [{name: []} for name in SCHEMES]
            operation["x-scope"] = scope.name
            operation["responses"] |= {
                "401": {"description": "There is no key, or it is unknown", "content": problem},
                "403": {"description": f"The key's scope is less than {scope.name}", "content": problem},
            }


def _relabel(schema: dict[str, Any]) -> None:
    # FastAPI files a model under the media type of the route's success.
    for operations in schema["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    response["content"] = {problems.MEDIA_TYPE: response["content"]["application/json"]}
