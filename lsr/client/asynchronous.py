"""The client for event loops; its methods are those of `blocking`."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar

from lsr.client import calls, sending
from lsr.client.answers import Document, Encoding, Explanation, Failure, Index, Item, SearchResult, Written
from lsr.client.calls import Call, Filter
from lsr.client.errors import ServiceUnreachableError

T = TypeVar("T")


class AsyncClient:
    """Ask a service from an event loop.

    Args:
        url: Where it listens.
        index: Which of its indexes; without one, searches and encodings ask the first.
        key: An API key.
        timeout: Seconds to wait for an answer.
        retries: How often to ask again where the service is busy, after as long as it says.

    Every method raises ServiceError where the service refuses, and ServiceUnreachableError where it does not answer.
    """

    def __init__(
        self, url: str, index: str | None = None, *, key: str | None = None, timeout: float = 30.0, retries: int = 2
    ) -> None:
        self.index, self._retries = index, retries
        self._library = sending.library()
        self._http = self._library.AsyncClient(**sending.settings(url, key, timeout))

    async def search(
        self,
        query: str | Mapping[str, float],
        *,
        size: int = 10,
        start: int = 0,
        filter: Filter | None = None,
        fields: Iterable[str] | None = None,
        highlight: bool = False,
        explain: bool = False,
        timeout_ms: float | None = None,
        **options: Any,
    ) -> SearchResult:
        """Return the best documents for a text or for weights of terms; options are further keys of the API's body."""
        call = calls.search(
            self.index, query, size=size, start=start, filter=filter, fields=fields, highlight=highlight,
            explain=explain, timeout_ms=timeout_ms, options=options,
        )  # fmt: skip
        return await self._send(call)

    async def search_many(self, searches: Iterable[str | Mapping[str, Any]]) -> list[SearchResult | Failure]:
        """Search several times in one request: for texts, or bodies as the API has them, each with its `index`."""
        return await self._send(calls.search_many(self.index, searches))

    async def encode(
        self, text: str, *, side: Literal["query", "document"] = "query", top_k: int | None = None
    ) -> Encoding:
        """Return the weights of a text's terms."""
        return await self._send(calls.encode(self.index, text, side=side, top_k=top_k))

    async def explain(self, document: str, query: str | Mapping[str, float]) -> Explanation:
        """Return what each term contributes to a document's score."""
        return await self._send(calls.explain(self.index, document, query))

    async def get(self, document: str) -> Document:
        """Return a stored document."""
        return await self._send(calls.get(self.index, document))

    async def put(self, document: str, text: str, title: str = "", *, refresh: bool = False, **fields: Any) -> Written:
        """Add or replace a document; it is on disk when this returns, and with `refresh` visible."""
        return await self._send(calls.put(self.index, document, text, title, fields, refresh=refresh))

    async def delete(self, document: str, *, refresh: bool = False) -> Written:
        """Delete a document."""
        return await self._send(calls.delete(self.index, document, refresh=refresh))

    async def bulk(self, changes: Iterable[Mapping[str, Any]], *, refresh: bool = False) -> list[Item]:
        """Make many changes: documents with their `id`, or `{"delete": ID}`; those that fail hurt no others."""
        return await self._send(calls.bulk(self.index, changes, refresh=refresh))

    async def indexes(self) -> list[Index]:
        """Return the service's indexes."""
        return await self._send(calls.indexes())

    async def describe(self) -> Index:
        """Return facts of the index."""
        return await self._send(calls.describe(self.index))

    async def create(
        self, model: str | None = None, *, documents: Iterable[Mapping[str, Any]] = (), **options: Any
    ) -> Index:
        """Create the index, empty or with first documents, each with its `id`; the service's `--data` holds it."""
        return await self._send(calls.create(self.index, model, documents, options))

    async def drop(self) -> None:
        """Delete the index and its files."""
        await self._send(calls.drop(self.index))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> "AsyncClient":
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    async def _send(self, call: Call[T]) -> T:
        tried = 0
        while True:  # at most `retries` times more
            try:
                answer = await self._http.request(**sending.arguments(call))
            except self._library.TransportError as error:
                raise ServiceUnreachableError(f"no answer from {self._http.base_url}: {error}") from error
            seconds = sending.wait(answer, tried, self._retries)
            if seconds is None:
                return sending.value(call, answer)
            tried += 1
            await asyncio.sleep(seconds)
