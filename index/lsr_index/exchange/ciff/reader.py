"""Read CIFF: lists of postings, term after term, become vectors, document after document, in bounded memory.

One pass over the file decodes the lists into two flat arrays on disk; then a cursor in each list walks through ranges
of documents. In memory are the longest list, the terms and the documents' ids.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_index.errors import InputError
from lsr_index.exchange.ciff import kernels
from lsr_index.exchange.ciff.messages import MessageReader, fields
from lsr_index.exchange.scratch_arrays import ScratchArray
from lsr_index.progress import Bars, Progress, silent
from lsr_index.vocabulary import Vocabulary

VERSION = 1
BATCH = 4096
MOST = (1 << 31) - 1  # lists, documents: protobuf's int32


@dataclass(frozen=True)
class Header:
    """What the header promises to follow, and says about it."""

    postings_lists: int
    documents: int
    description: str


@dataclass(frozen=True)
class CiffVectors:
    """The documents of a CIFF file."""

    header: Header
    terms: list[str]
    """Of the lists, in the file's order."""
    ids: list[str]
    """Of the documents, by document."""
    ends: NDArray[np.int64]
    """Posting after each list's last."""
    documents: NDArray[np.uint32]
    """[P] document of each posting, rising within a list; a mapped file."""
    impacts: NDArray[np.uint8]
    """[P] likewise."""

    def batches(self, vocabulary: Vocabulary | None = None) -> Iterator[tuple[list[str], csr_array]]:
        """Yield `(ids, vectors)`, impacts as float32, document by document.

        Args:
            vocabulary: Tells the columns; lists of other terms are left out. By default the lists are the columns.
        """
        columns = Vocabulary(self.terms) if vocabulary is None else vocabulary
        labels = np.array([-1 if (n := columns.get(term)) is None else n for term in self.terms], dtype=np.int32)
        # In the order of the columns, so that rows come out sorted.
        lists = np.argsort(labels, kind="stable")
        lists = lists[labels[lists] >= 0]
        starts = np.concatenate([[0], self.ends[:-1]]) if len(self.ends) else self.ends
        cursors, ends, labels = starts[lists], self.ends[lists], labels[lists]
        # Every batch looks at every list: it should have more postings than there are lists.
        step = max(BATCH, -(-len(lists) * len(self.ids) // max(1, len(self.documents))))
        for first in range(0, len(self.ids), step):
            last = min(len(self.ids), first + step)
            lengths = np.zeros(last - first, dtype=np.int64)
            kernels.count_documents(cursors, ends, self.documents, first, last, lengths)
            indptr = np.concatenate([[0], np.cumsum(lengths)])
            indices, data = np.empty(indptr[-1], dtype=np.int32), np.empty(indptr[-1], dtype=np.float32)
            lists_of = cursors, ends, labels, self.documents, self.impacts
            kernels.gather_documents(*lists_of, first, last, indptr[:-1].copy(), indices, data)
            yield self.ids[first:last], csr_array((data, indices, indptr), shape=(last - first, len(columns)))


def read(path: Path, *, folder: Path | None = None, bars: Bars = silent) -> CiffVectors:
    """Read a CIFF file, `.gz` too.

    Args:
        path: The file.
        folder: Where about five bytes a posting may lie until the result is given up; by default among temporary files.
        bars: Shows progress.

    Raises:
        InputError: if the file is no CIFF version 1, is cut off or damaged, has lists whose documents do not rise, has
            impacts that do not fit a byte, or does not hold what its counts say.
    """
    with (
        MessageReader(path) as messages,
        ScratchArray(np.uint32, folder) as documents,
        ScratchArray(np.uint8, folder) as impacts,
    ):
        header = _header(path, messages)
        lists = _Lists(path, header.documents, documents, impacts)
        with bars(f"reading {path.name}", header.postings_lists) as progress:
            for _ in range(header.postings_lists):
                lists.add(messages.position, messages.message())
                progress(1)
        with bars(f"reading ids of {path.name}", header.documents) as progress:
            ids = [_id(path, messages, number, progress) for number in range(header.documents)]
        messages.check_end()
        ends = np.cumsum(lists.lengths, dtype=np.int64)
        return CiffVectors(header, lists.terms, ids, ends, documents.map(), impacts.map())


def read_header(path: Path) -> Header:
    """Read only the header.

    Raises:
        InputError: if the file is no CIFF version 1.
    """
    with MessageReader(path) as messages:
        return _header(path, messages)


class _Lists:
    """Decode lists behind each other."""

    def __init__(self, path: Path, known: int, documents: ScratchArray, impacts: ScratchArray) -> None:
        self._path, self._known = path, known
        self._documents, self._impacts = documents, impacts
        self._room = np.empty(0, np.uint32), np.empty(0, np.uint8)
        self._seen: set[str] = set()
        self.terms: list[str] = []
        self.lengths: list[int] = []

    def add(self, start: int, message: bytes) -> None:
        if len(self._room[0]) < len(message) // 2:
            self._room = np.empty(len(message), np.uint32), np.empty(len(message), np.uint8)
        found = kernels.decode_list(np.frombuffer(message, np.uint8), self._known, *self._room)
        status, byte, value, term_first, term_last, frequency, count, kept = (int(number) for number in found)
        where = f"{self._path}: postings list {len(self.terms) + 1} at byte {start}"
        try:
            term = message[term_first:term_last].decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"{where}: its term is not UTF-8 text ({error.reason})") from error
        # Whatever goes before the term is nameless still.
        where += f" ({term!r})" if term else ""
        if status != kernels.WHOLE:
            raise InputError(f"{where}: {self._complaint(status, value)} (byte {byte} of the list)")
        if not term or term in self._seen:
            raise InputError(f"{where}: " + ("it has no term" if not term else "an earlier list has the same term"))
        if frequency != count:
            raise InputError(f"{where}: it has {count} postings, its document frequency is {frequency}")
        self._seen.add(term)
        self.terms.append(term)
        self.lengths.append(kept)
        self._documents.append(self._room[0][:kept])
        self._impacts.append(self._room[1][:kept])

    def _complaint(self, status: int, value: int) -> str:
        return {
            kernels.BROKEN: "no protobuf message of a postings list; is the header's number of lists right?",
            kernels.OUTSIDE: f"document {value} is none of the {self._known} that the header says",
            kernels.NOT_RISING: f"documents must rise, {value} is added to the one before",
            kernels.IMPACT: f"the impact {value} is not within 0 … 255; write the file with impacts of 8 bits",
        }[status]


def _header(path: Path, messages: MessageReader) -> Header:
    try:
        found = dict(fields(messages.message()))
        version, lists, documents = (found.get(number, 0) for number in (1, 2, 3))
        description = found.get(8, b"")
        if not (isinstance(version, int) and isinstance(lists, int) and isinstance(documents, int)):
            raise ValueError("its counts are no whole numbers")
        if not isinstance(description, bytes):
            raise ValueError("its description is no text")
    except ValueError as error:  # InputError is one too, and says more
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is not a CIFF file: no header ({error})") from error
    if version != VERSION:
        raise InputError(f"{path} is not a CIFF file of version {VERSION}: its header says version {version}")
    if not (0 <= lists <= MOST and 0 <= documents <= MOST):
        raise InputError(f"{path}: its header says {lists} postings lists and {documents} documents")
    return Header(lists, documents, description.decode("utf-8", "replace"))


def _id(path: Path, messages: MessageReader, number: int, progress: Progress) -> str:
    start = messages.position
    message = messages.message()
    where = f"{path}: document record {number + 1} at byte {start}"
    try:
        found = dict(fields(message))
        document, name = found.get(1, 0), found.get(2, b"")
        if not isinstance(document, int) or not isinstance(name, bytes):
            raise ValueError("it is something else; is the header's number of postings lists right?")
        text = name.decode("utf-8")
    except ValueError as error:
        raise InputError(f"{where}: no document record: {error}") from error
    if document != number:
        raise InputError(f"{where}: it is of document {document}, expected {number}; records must stand in order")
    if not text:
        raise InputError(f"{where}: document {number} has no id")
    progress(1)
    return text
