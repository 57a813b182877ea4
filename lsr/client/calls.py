"""What each method asks of the service and how the answer is read; nothing here sends anything."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from lsr.client import answers
from lsr.client.answers import Document, Encoding, Explanation, Failure, Index, Item, SearchResult, Written
from lsr_index.errors import InputError

T = TypeVar("T")
Filter = str | Mapping[str, Any]


@dataclass(frozen=True)
class Call(Generic[T]):
    """A request and the way from the answer's JSON to a value."""

    method: str
    path: str
    read: Callable[[Any], T]
    body: Any = None
    """Sent as JSON."""
    content: bytes | None = None
    """Sent as it is, lines of JSON."""
    refresh: bool = False


def search(
    index: str | None,
    query: str | Mapping[str, float],
    *,
    size: int,
    start: int,
    filter: Filter | None,
    fields: Iterable[str] | None,
    highlight: bool,
    explain: bool,
    timeout_ms: float | None,
    options: Mapping[str, Any],
) -> Call[SearchResult]:
    """Search; options are further keys of the body, as the API has them."""
    body: dict[str, Any] = {"query" if isinstance(query, str) else "query_tokens": query, "size": size, "from": start}
    chosen = {
        "filter": filter,
        "fields": None if fields is None else list(fields),
        "highlight": highlight or None,
        "explain": explain or None,
        "timeout_ms": timeout_ms,
        **options,
    }
    body |= {key: value for key, value in chosen.items() if value is not None}
    return Call("POST", _under(index, "search"), answers.search_result, body)


def search_many(index: str | None, searches: Iterable[str | Mapping[str, Any]]) -> Call[list[SearchResult | Failure]]:
    """Search several times; bodies as the API has them, or texts."""
    named = {} if index is None else {"index": index}
    bodies = [{**named, **({"query": each} if isinstance(each, str) else each)} for each in searches]
    return Call("POST", "/v1/msearch", answers.search_results, {"searches": bodies})


def create(
    index: str | None, model: str | None, documents: Iterable[Mapping[str, Any]], options: Mapping[str, Any]
) -> Call[Index]:
    """Create an index; options are further keys of the body."""
    body = {"documents": list(documents), **({} if model is None else {"model": model}), **options}
    return Call("PUT", _index(index), lambda value: answers.of(Index, value), body)


def drop(index: str | None) -> Call[None]:
    """Delete an index."""
    return Call("DELETE", _index(index), lambda _: None)


def encode(index: str | None, text: str, *, side: str, top_k: int | None) -> Call[Encoding]:
    """Encode a text."""
    body = {"text": text, "side": side, **({} if top_k is None else {"top_k": top_k})}
    return Call("POST", _under(index, "encode"), lambda value: answers.of(Encoding, value), body)


def explain(index: str | None, document: str, query: str | Mapping[str, float]) -> Call[Explanation]:
    """Explain a score."""
    body = {"id": document, "query" if isinstance(query, str) else "query_tokens": query}
    return Call("POST", f"{_index(index)}/explain", answers.explanation, body)


def get(index: str | None, document: str) -> Call[Document]:
    """Read a document."""
    return Call("GET", _document(index, document), lambda value: answers.of(Document, value))


def put(
    index: str | None, document: str, text: str, title: str, fields: Mapping[str, Any], *, refresh: bool
) -> Call[Written]:
    """Add or replace a document."""
    body = {**fields, "text": text, "title": title}
    path = _document(index, document)
    return Call("PUT", path, lambda value: answers.of(Written, value), body, refresh=refresh)


def delete(index: str | None, document: str, *, refresh: bool) -> Call[Written]:
    """Delete a document."""
    return Call("DELETE", _document(index, document), lambda value: answers.of(Written, value), refresh=refresh)


def bulk(index: str | None, changes: Iterable[Mapping[str, Any]], *, refresh: bool) -> Call[list[Item]]:
    """Change many documents."""
    content = b"".join(json.dumps(change, ensure_ascii=False).encode() + b"\n" for change in changes)
    path = f"{_index(index)}/documents"
    return Call("POST", path, _items, content=content, refresh=refresh)


def indexes() -> Call[list[Index]]:
    """List the indexes."""
    return Call("GET", "/v1/indexes", lambda value: [answers.of(Index, one) for one in value["indexes"]])


def describe(index: str | None) -> Call[Index]:
    """Describe one."""
    return Call("GET", _index(index), lambda value: answers.of(Index, value))


def _items(value: Any) -> list[Item]:
    return [answers.of(Item, item) for item in value["items"]]


def _under(index: str | None, verb: str) -> str:
    return f"/v1/{verb}" if index is None else f"{_index(index)}/{verb}"


def _index(index: str | None) -> str:
    if index is None:
        raise InputError('this asks one index: name it, as in Client(url, index="docs")')
    return f"/v1/indexes/{quote(index, safe='')}"


def _document(index: str | None, document: str) -> str:
    if not document:
        raise InputError("the document's id is empty; give one")
    return f"{_index(index)}/documents/{quote(document, safe='')}"
