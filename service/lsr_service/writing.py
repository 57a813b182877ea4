"""Changes of one index: encoded together, logged before they are acknowledged, shown at intervals or when asked.

One thread does it all, so the order of changes is that of their arrival. It takes what waits, encodes the documents
among it in one call and logs them with one fsync. Readers keep the version that they have; each commit is handed to
them as a whole.

The writer's lock is given back once nothing has happened for a while, so that commands and other processes have a turn.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from lsr.encoders import memory
from lsr.encoders.base import SparseEncoder
from lsr_index.documents import Document
from lsr_index.errors import IndexLockedError
from lsr_index.log import START
from lsr_index.writer import IndexWriter
from lsr_service import turns
from lsr_service.lane import Lane

log = logging.getLogger("lsr_service")
TICK_SECONDS = 0.05
IDLE_SECONDS = 5.0
"""After so long without a change the lock is given back."""


TRIM_SECONDS = 10.0
"""How often freed memory goes back to the system: building segments leaves heaps full of holes."""


@dataclass(frozen=True, slots=True)
class Change:
    """Documents that are added or replaced, and ids of documents that go."""

    documents: Sequence[Document] = ()
    deletes: Sequence[str] = ()
    refresh: bool = False
    """Whether the change is to be visible when it is acknowledged."""


@dataclass(frozen=True, slots=True)
class Done:
    """A change that is on disk."""

    deleted: int
    """How many of the ids to be deleted existed."""
    visible: bool


class Writing:
    """Write to an index.

    Args:
        name: The index's.
        path: Its folder.
        encoder: Gives what encodes documents, when some come.
        committed: Called in the writer's thread after each commit.
        refresh_seconds: How long a change may be invisible.
        waiting: Changes that may wait; more are refused.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        encoder: Callable[[], SparseEncoder],
        committed: Callable[[], object],
        *,
        refresh_seconds: float,
        waiting: int,
    ) -> None:
        self._name, self._path, self._encoder, self._committed = name, path, encoder, committed
        self._refresh_seconds = refresh_seconds
        self._lane: Lane[Change, Done] = Lane(self._apply, name=f"lsr-write-{name}", batch=128, waiting=waiting)
        self._mutex = threading.Lock()
        self._writer: IndexWriter | None = None
        self._dirty_since: float | None = None
        self._touched = self._trimmed = 0.0
        self._stop = threading.Event()
        self._clock: threading.Thread | None = None

    @property
    def pending(self) -> int:
        """How many ids have changes that are not visible yet."""
        writer = self._writer
        return writer.pending if writer is not None else 0

    @property
    def waiting(self) -> int:
        """How many changes wait."""
        return self._lane.waiting

    def put(self, change: Change) -> "asyncio.Future[Done]":
        """Queue a change, from the event loop; what is awaited is on disk then.

        Raises:
            ProblemError: 429 if too many wait.
        """
        return self._lane.put(change)

    def recover(self) -> None:
        """Show what an earlier process acknowledged and did not commit, unless someone else is writing."""
        try:
            index = IndexWriter(self._path) if _has_log(self._path) else None
        except IndexLockedError:
            return
        if index is not None:
            with index as writer:
                log.info("%s: %d changes of an earlier process are taken over", self._name, writer.pending)
                writer.commit()
            self._committed()

    def close(self) -> None:
        """Finish what waits, commit it, and let others write."""
        self._lane.close()
        self._stop.set()
        if self._clock is not None:
            self._clock.join()
        with self._mutex:
            try:
                self._commit()
            finally:
                self._release()

    def _apply(self, changes: Sequence[Change]) -> list[Done | Exception]:
        with self._mutex:
            writer = self._open()
            done: list[Done | Exception] = []
            for adds, group in groupby(changes, key=lambda change: bool(change.documents)):
                some = list(group)
                done += self._add(writer, some) if adds else [self._alone(writer, change) for change in some]
            self._touched = time.monotonic()
            if self._dirty_since is None and writer.pending:
                self._dirty_since = self._touched
            wanted = turns.is_wanted(self._path)
            if wanted or any(change.refresh for change in changes):
                self._commit()
                if wanted:
                    self._release()
                return [Done(each.deleted, True) if isinstance(each, Done) else each for each in done]
            return done

    def _add(self, writer: IndexWriter, changes: Sequence[Change]) -> list[Done | Exception]:
        try:
            self._store(writer, changes)
        except Exception as error:  # nothing was taken; one of them may be to blame
            return [error] if len(changes) == 1 else [each for one in changes for each in self._add(writer, [one])]
        return [self._alone(writer, change) for change in changes]

    def _store(self, writer: IndexWriter, changes: Sequence[Change]) -> None:
        documents = [document for change in changes for document in change.documents]
        encoder = self._encoder()
        writer.index.check_vocabulary(encoder.vocabulary, encoder.name)
        rows = encoder.encode_documents([document.contents for document in documents])
        writer.add([document.id for document in documents], rows, documents)

    def _alone(self, writer: IndexWriter, change: Change) -> Done | Exception:
        try:
            return Done(writer.delete(change.deletes) if change.deletes else 0, False)
        except Exception as error:
            return error

    def _open(self) -> IndexWriter:
        if self._writer is None:
            self._writer = turns.writer(self._path)
        if self._clock is None:
            self._clock = threading.Thread(target=self._tick, name=f"lsr-refresh-{self._name}", daemon=True)
            self._clock.start()
        return self._writer

    def _tick(self) -> None:
        while not self._stop.wait(min(TICK_SECONDS, self._refresh_seconds / 2)):
            with self._mutex:
                now = time.monotonic()
                try:
                    if self._dirty_since is not None and now - self._dirty_since >= self._refresh_seconds:
                        self._commit()
                    if self._writer is not None and turns.is_wanted(self._path):
                        self._commit()
                        self._release()
                    if self._writer is not None and self._dirty_since is None and now - self._touched > IDLE_SECONDS:
                        self._release()
                except Exception:  # what was acknowledged stays in the log; the next turn tries again
                    log.exception("%s: a commit failed", self._name)
                    self._dirty_since = now if self._dirty_since is not None else None

    def _commit(self) -> None:
        if self._writer is not None and self._writer.pending:
            self._writer.commit()
            self._committed()
            if time.monotonic() - self._trimmed > TRIM_SECONDS:
                memory.release()
                self._trimmed = time.monotonic()
        self._dirty_since = None

    def _release(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()


def _has_log(path: Path) -> bool:
    return any(file.stat().st_size > START.size for file in path.glob("log-*"))
