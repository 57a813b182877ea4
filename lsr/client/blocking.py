"""The client that waits."""

import time
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar

from lsr.client import calls, sending
from lsr.client.answers import Document, Encoding, Explanation, Failure, Index, Item, SearchResult, Written
from lsr.client.calls import Call, Filter
from lsr.client.errors import ServiceUnreachableError

T = TypeVar("T")


class Client:
    """Ask a service.

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
        self._http = self._library.Client(**sending.settings(url, key, timeout))

    def search(
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
        return self._send(call)

    def search_many(self, searches: Iterable[str | Mapping[str, Any]]) -> list[SearchResult | Failure]:
        """Search several times in one request: for texts, or bodies as the API has them, each with its `index`."""
        return self._send(calls.search_many(self.index, searches))

    def encode(self, text: str, *, side: Literal["query", "document"] = "query", top_k: int | None = None) -> Encoding:
        """Return the weights of a text's terms."""
        return self._send(calls.encode(self.index, text, side=side, top_k=top_k))

    def explain(self, document: str, query: str | Mapping[str, float]) -> Explanation:
        """Return what each term contributes to a document's score."""
        return self._send(calls.explain(self.index, document, query))

    def get(self, document: str) -> Document:
        """Return a stored document."""
        return self._send(calls.get(self.index, document))

    def put(self, document: str, text: str, title: str = "", *, refresh: bool = False, **fields: Any) -> Written:
        """Add or replace a document; it is on disk when this returns, and with `refresh` visible."""
        return self._send(calls.put(self.index, document, text, title, fields, refresh=refresh))

    def delete(self, document: str, *, refresh: bool = False) -> Written:
        """Delete a document."""
        return self._send(calls.delete(self.index, document, refresh=refresh))

    def bulk(self, changes: Iterable[Mapping[str, Any]], *, refresh: bool = False) -> list[Item]:
        """Make many changes: documents with their `id`, or `{"delete": ID}`; those that fail hurt no others."""
        return self._send(calls.bulk(self.index, changes, refresh=refresh))

    def indexes(self) -> list[Index]:
        """Return the service's indexes."""
        return self._send(calls.indexes())

    def describe(self) -> Index:
        """Return facts of the index."""
        return self._send(calls.describe(self.index))

    def create(self, model: str | None = None, *, documents: Iterable[Mapping[str, Any]] = (), **options: Any) -> Index:
        """Create the index, empty or with first documents, each with its `id`; the service's `--data` holds it."""
        return self._send(calls.create(self.index, model, documents, options))

    def drop(self) -> None:
        """Delete the index and its files."""
        self._send(calls.drop(self.index))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> "Client":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def _send(self, call: Call[T]) -> T:
        tried = 0
        while True:  # at most `retries` times more
            try:
                answer = self._http.request(**sending.arguments(call))
            except self._library.TransportError as error:
                raise ServiceUnreachableError(f"no answer from {self._http.base_url}: {error}") from error
            seconds = sending.wait(answer, tried, self._retries)
            if seconds is None:
                return sending.value(call, answer)
            tried += 1
            time.sleep(seconds)
