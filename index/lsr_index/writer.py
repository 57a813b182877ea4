"""Build an index from a stream of vectors in bounded memory.

Vectors are spilled to disk as they come; `commit` turns the spill into postings (layout.py), writes the manifest last
and moves the finished folder into place by one rename. Until then everything lies in a hidden sibling folder, so a
build that dies leaves nothing that looks like an index.
"""

import os
import shutil
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_index import layout, vectors
from lsr_index.documents import Document, DocumentWriter
from lsr_index.errors import IndexExistsError, InputError
from lsr_index.index import SEGMENT, SparseIndex, write_vocabulary
from lsr_index.manifest import FILE, Manifest, describe_file
from lsr_index.postings import KTH, Postings
from lsr_index.quantize import quantize, scale_for
from lsr_index.vocabulary import Vocabulary

BLOCK_SIZE = 64
CHUNK = 1 << 22  # postings that commit holds in memory at a time


class IndexWriter:
    """Collect documents and make an index of them.

    Use as a context manager: leaving it without `commit` throws the work away.

    Args:
        path: Where the index will stand.
        vocabulary: The terms of the vectors.
        overwrite: Replace an index that stands there; the old one serves until the new one is complete.

    Raises:
        IndexExistsError: if something stands at `path`, and is not an index or `overwrite` is off.
    """

    def __init__(self, path: str | Path, vocabulary: Vocabulary, *, overwrite: bool = False) -> None:
        self.path = Path(os.path.abspath(path))  # noqa: PTH100 - "." cannot be renamed, its name can
        self.vocabulary = vocabulary
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
        self._spill = {name: (self._folder / f"spill.{name}").open("wb") for name in ("lengths", "terms", "weights")}
        self._ids: set[str] = set()
        self._frequencies = np.zeros(len(vocabulary), dtype=np.int64)
        self._largest = 0.0
        self._integral = True

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
        np.diff(rows.indptr).astype(np.int32).tofile(self._spill["lengths"])
        rows.indices.astype(np.uint32).tofile(self._spill["terms"])
        rows.data.tofile(self._spill["weights"])
        self._frequencies += np.bincount(rows.indices, minlength=len(self.vocabulary))
        self._largest = max(self._largest, float(rows.data.max(initial=0)))
        self._integral = self._integral and bool((rows.data == np.rint(rows.data)).all())

    def commit(self) -> SparseIndex:
        """Write the index, move it into place and open it.

        Raises:
            InputError: if no document was added.
        """
        if not self._ids:
            raise InputError(f"no documents to index, {self.path} was not written")
        self._documents.close()
        for file in self._spill.values():
            file.close()
        scale = scale_for(self._largest, integral=self._integral)
        self._write_postings(scale)
        for name in self._spill:
            (self._folder / f"spill.{name}").unlink()
        write_vocabulary(self._folder, self.vocabulary)
        files = {str(p.relative_to(self._folder)): p for p in sorted(self._folder.rglob("*")) if p.is_file()}
        Manifest(
            documents=len(self),
            postings=int(self._frequencies.sum()),
            vocabulary_size=len(self.vocabulary),
            vocabulary_fingerprint=self.vocabulary.fingerprint,
            block_size=BLOCK_SIZE,
            scale=float(scale),
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
        for file in self._spill.values():
            file.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> "IndexWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    def _write_postings(self, scale: np.float32) -> None:
        starts = np.concatenate([[0], np.cumsum(self._frequencies)])
        total = int(starts[-1])
        if total >= 1 << 32:
            raise InputError(f"{total} postings are more than one index holds (2^32 - 1); split the corpus")
        documents = _new_array(self._folder / "spill.documents.npy", np.uint32, total)
        impacts = _new_array(self._segment / "impacts.npy", np.uint8, total)
        self._scatter(starts, documents, impacts, scale)
        counts = np.empty(len(self.vocabulary), dtype=np.int64)
        layout.count_entries(starts, documents, BLOCK_SIZE, counts)
        term_entries = np.concatenate([[0], np.cumsum(counts)])
        entries = int(term_entries[-1])
        arrays = Postings(
            term_entries=term_entries,
            block_ids=_new_array(self._segment / "block_ids.npy", np.uint32, entries),
            block_maxima=_new_array(self._segment / "block_maxima.npy", np.uint8, entries),
            entry_postings=_new_array(self._segment / "entry_postings.npy", np.uint32, entries + 1),
            slots=_new_array(self._segment / "slots.npy", np.uint8, total),
            impacts=impacts,
            kth_impacts=np.empty((len(self.vocabulary), len(KTH)), dtype=np.uint8),
        )
        layout.fill_entries(starts, documents, impacts, BLOCK_SIZE, term_entries, *arrays[1:5], arrays.kth_impacts)
        np.save(self._segment / "term_entries.npy", term_entries)
        np.save(self._segment / "kth_impacts.npy", arrays.kth_impacts)
        (self._folder / "spill.documents.npy").unlink()

    def _scatter(self, starts: NDArray[Any], documents: NDArray[Any], impacts: NDArray[Any], scale: np.float32) -> None:
        lengths = np.fromfile(self._folder / "spill.lengths", dtype=np.int32)
        ends = np.cumsum(lengths, dtype=np.int64)
        cursors = starts[:-1].copy()
        first = 0
        with (self._folder / "spill.terms").open("rb") as terms, (self._folder / "spill.weights").open("rb") as weights:
            while first < len(lengths):  # ends: at least one document is taken at every turn
                before = int(ends[first - 1]) if first else 0
                last = max(first + 1, int(np.searchsorted(ends, before + CHUNK, side="right")))
                count = int(ends[last - 1]) - before
                chunk_terms = np.fromfile(terms, dtype=np.uint32, count=count)
                chunk_impacts = quantize(np.fromfile(weights, dtype=np.float32, count=count), scale)
                layout.scatter(lengths[first:last], chunk_terms, chunk_impacts, first, cursors, documents, impacts)
                first = last


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


def _new_array(path: Path, dtype: type, size: int) -> NDArray[Any]:
    # An empty array cannot be mapped; written plainly it has the same form on disk.
    if size == 0:
        np.save(path, np.empty(0, dtype=dtype))
        return np.empty(0, dtype=dtype)
    return np.asarray(np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=(size,)))
