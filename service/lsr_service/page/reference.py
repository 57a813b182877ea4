"""The reference of the API at `/docs`: the OpenAPI document, arranged for readers."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from lsr_service.page.schema_types import Member, members, type_of

Document = Mapping[str, Any]
PLACEHOLDER = "{}"


@dataclass(frozen=True)
class Parameter:
    """Something of a route's address or headers."""

    name: str
    place: str
    required: bool
    type: str
    description: str


@dataclass(frozen=True)
class Example:
    """A body as it may be sent or answered."""

    body: str
    curl: str = ""


@dataclass(frozen=True)
class Answer:
    """One status of a route."""

    status: str
    description: str
    media_type: str
    schema: str
    """Name of the schema, empty where it has none."""
    type: str


@dataclass(frozen=True)
class Operation:
    """A method of a path."""

    method: str
    path: str
    summary: str
    description: str
    secured: bool
    parameters: list[Parameter]
    media_type: str
    """Of the body, empty where there is none."""
    schema: str
    members: list[Member]
    examples: list[Example]
    answers: list[Answer]

    @property
    def anchor(self) -> str:
        """A name for links."""
        return f"{self.method}-{self.path.strip('/')}".lower().translate(str.maketrans("/", "-", PLACEHOLDER))


def context(document: Document, base: str) -> dict[str, Any]:
    """Return what the reference's template needs.

    Args:
        document: OpenAPI 3.1.
        base: The server's address, for commands.
    """
    operations = list(_operations(document, base.rstrip("/")))
    described = {tag["name"]: tag.get("description", "") for tag in document.get("tags", ())}
    groups: dict[str, list[Operation]] = {name: [] for name in described}
    for tag, operation in operations:
        groups.setdefault(tag, []).append(operation)
    schemas = document.get("components", {}).get("schemas", {})
    return {
        "section": "docs",
        "info": document["info"],
        "groups": [(name, described.get(name, ""), found) for name, found in groups.items() if found],
        "schemas": [
            (name, schema.get("description", ""), members(schema), type_of(schema))
            for name, schema in sorted(schemas.items())
        ],
    }


def _operations(document: Document, base: str) -> Iterator[tuple[str, Operation]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if "responses" not in operation:
                continue  # what concerns all methods of the path
            yield operation.get("tags", ["other"])[0], _operation(document, base, path, method.upper(), operation)


def _operation(document: Document, base: str, path: str, method: str, operation: Document) -> Operation:
    given = operation.get("parameters", [])
    secured = bool(operation.get("security", document.get("security")))
    media_type, media = _first(operation.get("requestBody", {}))
    schema: Document = media.get("schema", {})
    resolved = _resolved(document, schema)
    address = base + _filled(path, given)
    bodies = _examples(media, resolved)
    examples = [Example(body, _curl(method, address, secured, media_type, body)) for body in bodies]
    return Operation(
        method,
        path,
        operation.get("summary", ""),
        operation.get("description", ""),
        secured,
        [_parameter(each) for each in given],
        media_type,
        _name(schema),
        members(resolved),
        examples or [Example("", _curl(method, address, secured, media_type, ""))],
        [_answer(status, answer) for status, answer in operation["responses"].items()],
    )


def _first(holder: Document) -> tuple[str, Document]:
    contents: Document = holder.get("content", {})
    return next(iter(contents.items())) if contents else ("", {})


def _parameter(given: Document) -> Parameter:
    schema = given.get("schema", {})
    description = given.get("description") or schema.get("description", "")
    return Parameter(given["name"], given["in"], given.get("required", False), type_of(schema), description)


def _answer(status: str, answer: Document) -> Answer:
    media_type, media = _first(answer)
    schema = media.get("schema", {})
    return Answer(status, answer.get("description", ""), media_type, _name(schema), type_of(schema) if schema else "")


def _filled(path: str, parameters: list[Document]) -> str:
    # Examples of parameters make a command that can be tried; names stand where there is none.
    asked = {}
    for each in parameters:
        value = _example_of(each)
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", quote(str(each["name"] if value is None else value), safe=""))
        elif each["in"] == "query" and each.get("required") and value is not None:
            asked[each["name"]] = value
    return f"{path}?{urlencode(asked)}" if asked else path


def _example_of(parameter: Document) -> Any:
    if "examples" in parameter:
        return next(iter(parameter["examples"].values()))["value"]
    given: list[Any] = parameter.get("schema", {}).get("examples", [])
    return parameter.get("example", given[0] if given else None)


def _examples(media: Document, schema: Document) -> list[str]:
    found = [each["value"] for each in media.get("examples", {}).values() if "value" in each]
    found = found or ([media["example"]] if "example" in media else list(schema.get("examples", ())))
    return [each if isinstance(each, str) else json.dumps(each, ensure_ascii=False, indent=2) for each in found]


def _curl(method: str, address: str, secured: bool, media_type: str, body: str) -> str:
    lines = ["curl" if method == "GET" else f"curl -X {method}"]
    lines[0] += " " + shlex.quote(address)
    if secured:
        lines.append('-H "Authorization: Bearer $LSR_KEY"')
    if body:
        lines.append("-H " + shlex.quote(f"Content-Type: {media_type}"))
        lines.append("--data-binary " + shlex.quote(body))
    return " \\\n  ".join(lines)


def _resolved(document: Document, schema: Document) -> Document:
    name = _name(schema)
    found: Document = document["components"]["schemas"][name] if name else schema
    return found


def _name(schema: Document) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]
