"""Build a new index from a stream of vectors in bounded memory.

Until the last step, one rename, everything lies in a hidden sibling folder, so a build that dies leaves nothing that
looks like an index.
"""

import os
import shutil
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from scipy.sparse import csr_array

from lsr_index import durable, intake
from lsr_index.documents import Document
from lsr_index.errors import IndexExistsError, InputError
from lsr_index.exact import checked_bits
from lsr_index.folder import log_name, segment_name
from lsr_index.index import SparseIndex, write_vocabulary
from lsr_index.lock import WriteLock
from lsr_index.log import Log
from lsr_index.manifest import FILE, Exact, Manifest, SegmentEntry, describe_file
from lsr_index.quantize import scales_for
from lsr_index.segment_builder import Order, SegmentBuilder
from lsr_index.vocabulary import Vocabulary


class IndexBuilder:
    """Collect documents and make an index of them.

    Use as a context manager: leaving it without `commit` throws the work away.

    Args:
        path: Where the index will stand.
        vocabulary: The terms of the vectors.
        overwrite: Replace an index that stands there; the old one serves until the new one is complete, and nobody
            else may write to it.
        order: Whether similar documents become neighbours, which takes time now and makes searches faster; None
            orders from 4,096 documents on. Or a permutation of the document numbers: the internal order itself.
        exact: Keep the weights beside their impacts, with 16 or 32 bits each, so that searches can rescore; so will all
            later segments.

    Raises:
        InputError: if `exact` is anything else.
        IndexExistsError: if something stands at `path`, and is not an index or `overwrite` is off.
        IndexLockedError: if the index to replace is being written to.
    """

    def __init__(
        self,
        path: str | Path,
        vocabulary: Vocabulary,
        *,
        overwrite: bool = False,
        order: Order = None,
        exact: Exact = None,
    ) -> None:
        self.path = Path(os.path.abspath(path))  # noqa: PTH100 - "." cannot be renamed, its name can
        self.vocabulary = vocabulary
        self.order = order
        self.exact: Exact = checked_bits(exact)
        self.progress: Callable[[int], None] | None = None
        """Called while documents are ordered."""
        self.encoder: dict[str, Any] | None = None
        """What the manifest records of the model that made the vectors."""
        _check_target(self.path, overwrite)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(self.path)
        self._lock = WriteLock(self.path) if (self.path / FILE).is_file() else None
        # Same parent, so that the last step is a rename within one file system.
        self._folder = self.path.parent / f".{self.path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.building"
        self._segment = SegmentBuilder(self._folder / segment_name(1), len(vocabulary), self.exact)
        self._ids: set[str] = set()

    @property
    def folder(self) -> Path:
        """The unfinished index; what is put here before `commit` becomes part of it."""
        return self._folder

    @property
    def will_order(self) -> bool:
        """Whether `commit` would look for an order of the documents that were added."""
        return self._segment.will_order(self.order)

    def __len__(self) -> int:
        return len(self._segment)

    def add(self, ids: Sequence[str], rows: csr_array, documents: Sequence[Document] | None = None) -> None:
        """Append documents.

        Args:
            ids: One distinct string each.
            rows: float32 weights, shape (len(ids), V).
            documents: What to store beside the vectors; by default just the ids.

        Raises:
            InputError: if an id is empty or came before, or a weight is unusable; nothing is added then.
            VocabularyMismatchError: if the rows have another width than the vocabulary.
        """
        rows, documents = intake.checked(ids, rows, documents, len(self.vocabulary), len(self))
        fresh: set[str] = set()
        for document_id in ids:
            if document_id in self._ids or document_id in fresh:
                raise InputError(f"the id {document_id!r} occurs twice; ids must be distinct")
            fresh.add(document_id)
        self._segment.add(rows, documents)
        self._ids |= fresh

    def commit(self, *, empty: bool = False) -> SparseIndex:
        """Write the index, move it into place and open it.

        Args:
            empty: Whether an index without documents is meant, to be filled by a writer.

        Raises:
            InputError: if no document was added and that was not meant.
        """
        if not self._ids and not empty:
            raise InputError(f"no documents to index, {self.path} was not written")
        segments = self._segments()
        write_vocabulary(self._folder, self.vocabulary)
        own = [path for path in sorted(self._folder.rglob("*")) if path.is_file()]
        names = {segment.name for segment in segments}
        files = {str(path.relative_to(self._folder)): path for path in own if path.parent.name not in names}
        Log.create(self._folder / log_name(1), 1).close()
        durable.sync_tree(self._folder)
        Manifest(
            generation=1,
            vocabulary_size=len(self.vocabulary),
            vocabulary_fingerprint=self.vocabulary.fingerprint,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            segments=segments,
            next_segment=2,
            log=log_name(1),
            encoder=self.encoder,
            exact=self.exact,
            files={name: describe_file(path) for name, path in files.items()},
        ).write(self._folder)
        _move_into_place(self._folder, self.path)
        self.abort()
        return SparseIndex.open(self.path)

    def _segments(self) -> tuple[SegmentEntry, ...]:
        if not self._ids:
            self._segment.abandon()
            shutil.rmtree(self._folder / segment_name(1))
            return ()
        return (
            self._segment.finish(
                lambda largest, integral: scales_for(largest, integral=integral), self.order, self.progress
            ),
        )

    def abort(self) -> None:
        """Throw away what was collected; does nothing after `commit`."""
        self._segment.abandon()
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> "IndexBuilder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()


def _check_target(path: Path, overwrite: bool) -> None:
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    if not (path / FILE).is_file():
        raise IndexExistsError(f"{path} exists and is not an index; choose another path")
    if not overwrite:
        raise IndexExistsError(f"{path} is an index already; choose another path or ask to overwrite it")


def _sweep(path: Path) -> None:
    """Remove what builds of this index left behind that were killed."""
    for folder in path.parent.iterdir():
        if folder.name.startswith(f".{path.name}.") and folder.suffix in (".building", ".old"):
            process = folder.stem.rpartition(".")[2].partition("-")[0]
            if process.isdecimal() and not _is_running(int(process)):
                if folder.suffix == ".old" and not path.exists():  # killed between two renames
                    folder.rename(path)
                else:
                    shutil.rmtree(folder, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it runs, and belongs to someone else
        pass
    return True


def _move_into_place(folder: Path, path: Path) -> None:
    # Swapped, there is an index at the path at every instant; the old one is then removed as an abandoned build is.
    if not path.exists():
        folder.rename(path)
    elif not durable.exchange(folder, path):
        old = folder.with_suffix(".old")
        path.rename(old)
        folder.rename(path)
        shutil.rmtree(old, ignore_errors=True)
    durable.sync(path.parent)
