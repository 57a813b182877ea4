"""Build an index from a stream of vectors in bounded memory.

Vectors are spilled to disk as they come; `commit` turns the spill into a segment (build.py), writes the manifest last
and moves the finished folder into place by one rename. Until then everything lies in a hidden sibling folder, so a
build that dies leaves nothing that looks like an index.
"""

import os
import shutil
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_index import vectors
from lsr_index.build import build_segment
from lsr_index.documents import Document, DocumentWriter
from lsr_index.errors import IndexExistsError, InputError
from lsr_index.index import SEGMENT, SparseIndex, write_vocabulary
from lsr_index.manifest import FILE, Manifest, describe_file
from lsr_index.quantize import scales_for
from lsr_index.spill import Spill
from lsr_index.vocabulary import Vocabulary

Order: TypeAlias = bool | NDArray[np.uint32] | None
ORDER_FROM = 4096  # documents, from which on they are ordered by default


class IndexWriter:
    """Collect documents and make an index of them.

    Use as a context manager: leaving it without `commit` throws the work away.

    Args:
        path: Where the index will stand.
        vocabulary: The terms of the vectors.
        overwrite: Replace an index that stands there; the old one serves until the new one is complete.
        order: Whether similar documents become neighbours, which takes time now and makes searches faster; None
            orders from 4,096 documents on. Or a permutation of the document numbers: the internal order itself.

    Raises:
        IndexExistsError: if something stands at `path`, and is not an index or `overwrite` is off.
    """

    def __init__(
        self, path: str | Path, vocabulary: Vocabulary, *, overwrite: bool = False, order: Order = None
    ) -> None:
        self.path = Path(os.path.abspath(path))  # noqa: PTH100 - "." cannot be renamed, its name can
        self.vocabulary = vocabulary
        self.order = order
        self.progress: Callable[[int], None] | None = None
        """Called while documents are ordered."""
        self.encoder: dict[str, Any] | None = None
        """What the manifest records of the model that made the vectors."""
        _check_target(self.path, overwrite)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(self.path)
        # Same parent, so that the last step is a rename within one file system.
        self._folder = self.path.parent / f".{self.path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.building"
        self._segment = self._folder / SEGMENT
        self._segment.mkdir(parents=True)
        self._documents = DocumentWriter(self._segment)
        self._spill = Spill(self._folder, len(vocabulary))
        self._ids: set[str] = set()

    @property
    def folder(self) -> Path:
        """The unfinished index; what is put here before `commit` becomes part of it."""
        return self._folder

    def __len__(self) -> int:
        return len(self._ids)

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
        rows = vectors.checked(rows, len(self.vocabulary), "document vectors")
        if rows.shape[0] != len(ids):
            raise InputError(f"{len(ids)} ids came with {rows.shape[0]} vectors")
        fresh: set[str] = set()
        for document_id in ids:
            if not document_id or not _is_text(document_id):
                raise InputError(f"document {len(self) + len(fresh) + 1} has the id {document_id!r}, which is no text")
            if document_id in self._ids or document_id in fresh:
                raise InputError(f"the id {document_id!r} occurs twice; ids must be distinct")
            fresh.add(document_id)
        self._documents.add(documents or [Document(document_id, "") for document_id in ids])
        self._ids |= fresh
        self._spill.append(rows)

    def commit(self) -> SparseIndex:
        """Write the index, move it into place and open it.

        Raises:
            InputError: if no document was added.
        """
        if not self._ids:
            raise InputError(f"no documents to index, {self.path} was not written")
        self._documents.close()
        total = int(self._spill.frequencies.sum())
        scales = scales_for(self._spill.largest, integral=self._spill.integral)
        build_segment(self._spill, self._segment, scales, self._order())
        self._spill.remove()
        write_vocabulary(self._folder, self.vocabulary)
        files = {str(p.relative_to(self._folder)): p for p in sorted(self._folder.rglob("*")) if p.is_file()}
        Manifest(
            documents=len(self),
            postings=total,
            vocabulary_size=len(self.vocabulary),
            vocabulary_fingerprint=self.vocabulary.fingerprint,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            encoder=self.encoder,
            files={name: describe_file(path) for name, path in files.items()},
        ).write(self._folder)
        for path in [*files.values(), self._folder / FILE]:
            _sync(path)
        _move_into_place(self._folder, self.path)
        return SparseIndex.open(self.path)

    def abort(self) -> None:
        """Throw away what was collected; does nothing after `commit`."""
        self._spill.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> "IndexWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    def _order(self) -> NDArray[np.uint32] | None:
        if isinstance(self.order, np.ndarray):
            if not np.array_equal(np.sort(self.order), np.arange(len(self))):
                raise InputError(f"the order is no permutation of the numbers 0 … {len(self) - 1}")
            return self.order
        wanted = len(self) >= ORDER_FROM if self.order is None else self.order
        if not wanted:
            return None
        from lsr_index.order import bisection_of

        order: NDArray[np.uint32] = bisection_of(*self._spill.read(), len(self.vocabulary), progress=self.progress)
        return order


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:  # lone surrogates
        return False
    return True


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
        if folder.name.startswith(f".{path.name}.") and folder.suffix == ".building":
            process = folder.stem.rpartition(".")[2].partition("-")[0]
            if process.isdecimal() and not _is_running(int(process)):
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
    old = folder.with_suffix(".old")
    if path.exists():
        path.rename(old)
    folder.rename(path)
    _sync(path.parent)
    shutil.rmtree(old, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
