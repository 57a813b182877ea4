"""The index and its encoder behind the routes: loaded and warmed in the background, then searched by many threads."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from lsr.encoders.base import SparseEncoder
from lsr.retriever import Hit, Query, Retriever
from lsr_index.errors import InputError, LsrError
from lsr_service.problems import ProblemError

log = logging.getLogger("lsr_service")
RETRY_SECONDS = "1"


@dataclass(frozen=True)
class Page:
    """Some of the hits of one query."""

    hits: list[Hit]
    found: int
    """Hits up to the end of the page, those before it included."""
    encode_ms: float
    search_ms: float


class Engine:
    """One index and its encoder.

    Args:
        retriever: Opened already; its encoder is loaded by `start`.
        model: What the retriever was told to encode queries with; None for the model that the index records.
    """

    def __init__(self, retriever: Retriever, model: str | None = None) -> None:
        self.retriever = retriever
        self.index = retriever.index
        record = self.index.manifest.encoder
        self.model: str | None = model or (record["model"] if record else None)
        self.ready = False
        self.failure: str | None = None
        self._thread: threading.Thread | None = None
        self._document_side = threading.Lock()

    def start(self) -> None:
        """Load the encoder and run a first search, in the background; nothing where that was done before."""
        if not self.ready:
            self._thread = threading.Thread(target=self._load, name="lsr-load", daemon=True)
            self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait for a load that is under way, at most so long."""
        if self._thread is not None:
            self._thread.join(seconds)

    def check_ready(self) -> None:
        """Refuse to work before everything is loaded.

        Raises:
            ProblemError: 503, with the reason.
        """
        if self.failure is not None:
            raise ProblemError(503, f"the server cannot answer: {self.failure}")
        if not self.ready:
            headers = {"Retry-After": RETRY_SECONDS}
            raise ProblemError(503, "the model and the index are being loaded; try again in a moment", headers=headers)

    def search(self, query: Query, *, start: int, size: int, explain: bool) -> Page:
        """Return the hits with the ranks start + 1 … start + size.

        Raises:
            InputError: if the query is a text and there is no model to encode it.
        """
        begun = time.perf_counter()
        if isinstance(query, str):
            self._encoder()
        encoded = self.retriever.encode([query])
        encoded_at = time.perf_counter()
        found = self.index.search(encoded, start + size)[0]
        hits = self.retriever.hits(found, explain=encoded if explain else None, start=start)
        done = time.perf_counter()
        return Page(hits, len(found), 1000 * (encoded_at - begun), 1000 * (done - encoded_at))

    def encode(self, text: str, *, documents: bool, top_k: int | None) -> Mapping[str, float]:
        """Return the weights of a text's terms, heaviest first.

        Raises:
            InputError: if there is no model.
        """
        encoder = self._encoder()
        if documents:
            with self._document_side:  # the first call may load the model
                row = encoder.encode_documents([text])
        else:
            row = encoder.encode_queries([text])
        return dict(encoder.decode(row, top_k))

    def unknown_terms(self, terms: Mapping[str, float]) -> list[str]:
        """Return the terms that the vocabulary lacks."""
        return [term for term in terms if term not in self.index.vocabulary]

    def _encoder(self) -> SparseEncoder:
        if self.model is None:
            raise InputError("the index was made from vectors, there is no model to encode texts; send query_tokens")
        return self.retriever.encoder

    def _load(self) -> None:
        try:
            first = self.index.fetch([0])[0]
            terms = {self.index.vocabulary.terms[0]: 1.0}
            self.search(first.contents[:200] if self.model else terms, start=0, size=10, explain=True)
        except LsrError as error:
            self.failure = " ".join(str(error).split())
        except Exception as error:
            log.exception("the model or the index could not be loaded")
            self.failure = f"loading failed with {type(error).__name__}; the log has the reason"
        else:
            self.ready = True
            return
        log.error("not ready: %s", self.failure)
