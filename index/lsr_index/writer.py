"""Change an index that stands: add, replace and delete documents while others read it.

Every change is logged before it is acknowledged, and becomes visible with a commit, which writes a new segment, new
deletions and an empty log, and then swaps the manifest. Whatever instant a crash chooses, the manifest names one
generation whose files are all there; what it does not name is swept out by the next writer.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from scipy.sparse import csr_array

from lsr_index import changes, intake, log, merging
from lsr_index import manifest as manifests
from lsr_index.background import Merger
from lsr_index.documents import Document
from lsr_index.errors import InputError
from lsr_index.folder import log_generation
from lsr_index.index import SparseIndex
from lsr_index.lock import WriteLock
from lsr_index.log import Log
from lsr_index.manifest import SegmentEntry
from lsr_index.pending import Pending
from lsr_index.quantize import scales_like
from lsr_index.segment_builder import SegmentBuilder
from lsr_index.store import Store

Sync = Literal["always", "commit"]


class IndexWriter:
    """The one writer of an index. Safe to use from several threads at once.

    with SparseIndex.open("idx", writable=True) as writer:
        writer.add(["a", "b"], vectors)
        writer.delete(["c"])
        writer.commit()

    What was acknowledged and not committed when a writer closes, or dies, is pending again when the next one opens.

    Args:
        path: An index.
        sync: "always" acknowledges a change when it is on disk; "commit" lets the machine, should it crash, forget
            what was not committed.
        merge: "background" merges segments in a thread whenever a commit has made that worthwhile.
        discard_pending: Give up what was not committed before.
        progress: Called while documents are ordered.

    Raises:
        IndexNotFoundError: if there is no index at `path`.
        IndexLockedError: if someone else is writing to it.
        IndexFormatError: if it, or its log, is damaged.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        sync: Sync = "always",
        merge: Literal["background"] | None = None,
        discard_pending: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        if sync not in ("always", "commit"):
            raise InputError(f"unknown sync {sync!r}; choose always or commit")
        if merge not in ("background", None):
            raise InputError(f"unknown merge {merge!r}; choose background or leave it out")
        self.path = Path(path).absolute()
        self.progress = progress
        self._sync = sync == "always"
        self._background = merge == "background"
        self._closed = False
        manifests.read(self.path)  # a folder that is no index gets no lock
        with ExitStack() as undo:
            self._lock = WriteLock(self.path)
            undo.callback(self._lock.release)
            self._store = Store(self.path)
            self._merger = Merger(self._store, progress)
            self._pending = Pending()
            if discard_pending:
                self._log = self._store.new_log()
                self._store.swap(self._store.index.manifest.segments, self._log)
            else:
                self._log = self._replay()
            undo.pop_all()

    @property
    def index(self) -> SparseIndex:
        """A snapshot of what is committed."""
        return self._store.index

    @property
    def pending(self) -> int:
        """How many ids were added, replaced or deleted since the last commit."""
        return len(self._pending)

    def add(self, ids: Sequence[str], rows: csr_array, documents: Sequence[Document] | None = None) -> None:
        """Add documents; one whose id exists replaces it, at a new place at the end of the insertion order.

        Returns when they are logged: all of them or, should anything go wrong, none.

        Args:
            ids: One string each; of documents with the same id the last counts.
            rows: Weights, shape (len(ids), V).
            documents: What to store beside the vectors; by default just the ids.

        Raises:
            InputError: if an id is empty, a document has another id, or a weight is unusable.
            VocabularyMismatchError: if the rows have another width than the vocabulary.
        """
        rows, documents = intake.checked(ids, rows, documents, self._store.size)
        if not documents:
            return
        payload = changes.encode_adds(rows, documents)
        with self._store.mutex:
            self._check_usable()
            self._log.append(log.ADD, payload, sync=self._sync)
            self._pending.add(ids)

    def delete(self, ids: Sequence[str]) -> int:
        """Delete documents by id and return how many of the ids existed; returns when that is logged."""
        with self._store.mutex:
            self._check_usable()
            distinct = list(dict.fromkeys(ids))
            committed = self.index.segments.numbers(distinct) >= 0
            existing = [
                document_id
                for document_id, stored in zip(distinct, committed, strict=True)
                if self._pending.adds(document_id) or (stored and not self._pending.deletes(document_id))
            ]
            if existing:
                self._log.append(log.DELETE, changes.encode_deletes(existing), sync=self._sync)
                self._pending.delete(existing)
            return len(existing)

    def commit(self) -> int:
        """Make all changes visible at once, durably, and return the generation; without changes nothing happens.

        Raises:
            OSError: if the disk fails or is full; the changes stay pending.
        """
        with self._store.mutex:
            self._check_usable()
            if self._pending.documents:
                with self._store.new_segment() as folder:
                    self._commit([self._write_pending(folder)])
            elif len(self._pending):
                self._commit([])
            generation = self._store.generation
        if self._background:
            self._merger.start()
        return generation

    def merge(self, *, everything: bool = False) -> int:
        """Merge segments where that is due, or all into one, and return the generation; what is pending stays so.

        Raises:
            IndexFormatError: if a segment is damaged.
        """
        with self._store.mutex:  # else a commit that is just changing generations would look like one that failed
            self._check_usable()
        self._merger.run(merging.worth_merging if everything else merging.due)
        return self._store.generation

    def keep_tuning(self, tuned: dict[str, Any]) -> int:
        """Store what tuning found beside the index, durably, and return the generation; what is pending stays so."""
        with self._store.mutex:
            self._check_usable()
            facts = {**tuned, "generation": self._store.generation + 1}
            self._store.swap(self.index.manifest.segments, tuned=facts)
            return self._store.generation

    def close(self) -> None:
        """Let others write, when a merge that is under way has ended; harmless when done twice.

        Raises:
            Exception: what made a merge in the background fail.
        """
        with self._store.mutex:
            self._closed = True
        try:
            self._merger.stop()
        finally:
            self._log.close()
            self._lock.release()

    def __enter__(self) -> "IndexWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_usable(self) -> None:
        if self._closed:
            raise InputError(f"the writer of {self.path} is closed; open it again")
        self._store.check_certain()

    def _replay(self) -> Log:
        manifest = self.index.manifest
        path = self.path / manifest.log
        end, count = log.START.size, 0
        for record in log.read(path, log_generation(manifest.log)):
            self._pending.apply(record)
            end, count = record.end, count + 1
        return Log(path, end, count)

    def _write_pending(self, folder: Path) -> SegmentEntry:
        builder = SegmentBuilder(folder, self._store.size, self._store.exact)
        try:
            generation = log_generation(self._log.path.name)
            for rows, documents in self._pending.read(self._log, generation, self._store.size):
                builder.add(rows, documents)
            known = merging.known_scales(self.index.segments, self._store.size)
            return builder.finish(
                lambda largest, integral: scales_like(known, largest, integral=integral), progress=self.progress
            )
        finally:
            builder.abandon()

    def _commit(self, added: list[SegmentEntry]) -> None:
        numbers = self.index.segments.numbers(self._pending.replaced)
        entries = [*self._store.without(numbers[numbers >= 0]), *added]
        fresh = self._store.new_log()
        try:
            self._store.swap(entries, fresh)
        except BaseException:
            fresh.close()
            raise
        self._log.close()
        self._log, self._pending = fresh, Pending()
