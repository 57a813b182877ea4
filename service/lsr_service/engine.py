"""One index and its encoder: loaded and warmed in the background, asked through lanes, exchanged for newer versions."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from lsr.retriever import Retriever
from lsr_index.errors import InputError, LsrError
from lsr_index.index import SparseIndex
from lsr_service import answering
from lsr_service.asked import Asked, Found
from lsr_service.lane import RETRY_SECONDS, Lane
from lsr_service.problems import ProblemError, without_folders
from lsr_service.settings import Settings
from lsr_service.writing import Writing

log = logging.getLogger("lsr_service")


class Engine:
    """One index.

    `retriever` is what requests are answered with. It is never changed, only exchanged, so a request that has begun
    ends with the version that it began with.

    Args:
        name: The index's name in the API.
        path: Its folder.
        settings: Limits of its lanes.
        model: Encode queries with this model instead of the one that the index records.

    Raises:
        IndexNotFoundError: if there is no index at `path`.
        IndexFormatError: if it is damaged.
    """

    def __init__(self, name: str, path: Path, settings: Settings, model: str | None = None) -> None:
        self.name = name
        self.path = path
        self.settings = settings
        self._chosen = model
        self.retriever = Retriever.open(path, model=model)
        self.ready = False
        self.failure: str | None = None
        self.queries: Lane[Asked, Found] = Lane(
            self._answer,
            name=f"lsr-search-{name}",
            threads=settings.search_threads,
            batch=settings.max_batch,
            waiting=settings.max_waiting,
        )
        """Where searches wait."""
        self.texts: Lane[tuple[str, bool], list[tuple[str, float]]] = Lane(
            self._encode, name=f"lsr-encode-{name}", batch=settings.max_batch, waiting=settings.max_waiting
        )
        """Where texts wait whose vectors are wanted: (text, whether it is a document)."""
        self.looks: Lane[Callable[[Retriever], Any], Any] = Lane(
            self._look, name=f"lsr-look-{name}", batch=1, waiting=settings.max_waiting
        )
        """Where short looks at single documents wait."""
        self._kept: deque[Retriever] = deque(maxlen=settings.kept_generations)
        self.writing = Writing(
            name,
            path,
            lambda: self.retriever.encoder,
            self.reload,
            refresh_seconds=settings.refresh_seconds,
            waiting=max(settings.max_waiting, settings.max_bulk_items),
        )
        self._thread: threading.Thread | None = None
        self._exchange = threading.Lock()

    @property
    def index(self) -> SparseIndex:
        """The version that is searched now."""
        return self.retriever.index

    @property
    def model(self) -> str | None:
        """What encodes queries; None for an index of vectors."""
        record = self.index.manifest.encoder
        return self._chosen or (record["model"] if record else None)

    @property
    def status(self) -> str:
        """How far it is: "loading", "ready" or "failed"."""
        if self.failure is not None:
            return "failed"
        return "ready" if self.ready else "loading"

    def version(self, generation: int | None) -> Retriever:
        """Return what answers at a generation of the index, by default the newest; may load a newer one.

        Raises:
            ProblemError: 409 if that one is not at hand any more.
        """
        retriever = self.retriever
        if generation is None or retriever.index.manifest.generation == generation:
            return retriever
        identity = retriever.index.manifest.identity
        for kept in list(self._kept):
            manifest = kept.index.manifest
            if manifest.generation == generation and manifest.identity == identity:
                return kept
        newest = retriever.index.manifest.generation
        if generation > newest and self.reload():  # committed by another process, which told of it already
            return self.version(generation)
        if generation > newest:
            raise ProblemError(409, f"there is no generation {generation} yet, the index is at {newest}")
        raise ProblemError(409, f"generation {generation} is not kept any more, the index is at {newest}; begin again")

    def start(self) -> None:
        """Load the encoder and run a first search, in the background; nothing where that was done before."""
        if not self.ready and self._thread is None:
            self._thread = threading.Thread(target=self._load, name=f"lsr-load-{self.name}", daemon=True)
            self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait for a load that is under way, at most so long."""
        if self._thread is not None:
            self._thread.join(seconds)

    def close(self) -> None:
        """Finish what waits and end the threads."""
        self.queries.close()
        self.texts.close()
        self.looks.close()
        self.writing.close()
        self.wait(5)  # a load that is under way should not be cut off inside a library

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

    def check_model(self) -> None:
        """Refuse texts where there is nothing to encode them with.

        Raises:
            InputError: if the index was made from vectors.
        """
        if self.model is None:
            raise InputError("the index was made from vectors, there is no model to encode texts; send query_tokens")

    def reload(self) -> bool:
        """Take over what is on disk by now, and return whether that is newer; in the calling thread.

        A newer generation shares what it can with the one before. Another index at the same path is loaded and
        searched once before it takes the place of the old one.

        Raises:
            IndexNotFoundError, IndexFormatError: if the index is damaged or gone; the old version stays.
        """
        with self._exchange:
            before = self.retriever
            newest = before.index.newest()
            if newest is before.index:
                return False
            if newest.manifest.identity == before.index.manifest.identity:
                self._kept.append(before)
                self.retriever = Retriever(newest, before.encoder if self.model else None, self._chosen)
            else:
                fresh = Retriever(newest, model=self._chosen)
                self._warm(fresh)
                self.retriever = fresh
            return True

    def _load(self) -> None:
        try:
            self.writing.recover()
            self._warm(self.retriever)
        except LsrError as error:
            self.failure = without_folders(" ".join(str(error).split()))
        except Exception as error:
            log.exception("the model or the index %s could not be loaded", self.name)
            self.failure = f"loading failed with {type(error).__name__}; the log has the reason"
        else:
            self.ready = True
            return
        log.error("%s is not ready: %s", self.name, self.failure)

    def _warm(self, retriever: Retriever) -> None:
        index = retriever.index
        record = index.manifest.encoder
        text = index.segments.get([0])[0].contents[:200] if index.segments.documents else "first"
        terms = {index.vocabulary.terms[0]: 1.0} if len(index.vocabulary) else {}
        asked = Asked(text if self._chosen or record else terms, explain=True)
        for found in answering.answer(retriever, [asked], 1000 * 600):
            if isinstance(found, Exception):
                raise found

    def _answer(self, asked: Sequence[Asked]) -> list[Found | Exception]:
        limit_ms = self.settings.search_timeout_ms
        current = self.retriever
        if all(each.retriever is None for each in asked):
            return answering.answer(current, asked, limit_ms)
        found: list[Found | Exception] = []
        for retriever, some in groupby(asked, key=lambda each: each.retriever or current):
            found += answering.answer(retriever, list(some), limit_ms)
        return found

    def _look(self, wanted: Sequence[Callable[[Retriever], Any]]) -> list[Any]:
        retriever = self.retriever
        return [each(retriever) for each in wanted]

    def _encode(self, texts: Sequence[tuple[str, bool]]) -> list[list[tuple[str, float]] | Exception]:
        encoder = self.retriever.encoder
        results: list[list[tuple[str, float]] | Exception] = [[] for _ in texts]
        for side in (False, True):
            places = [place for place, (_, documents) in enumerate(texts) if documents == side]
            if not places:
                continue
            wanted = [texts[place][0] for place in places]
            rows = encoder.encode_documents(wanted) if side else encoder.encode_queries(wanted)
            for number, place in enumerate(places):
                results[place] = encoder.decode(rows[[number]])
        return results
