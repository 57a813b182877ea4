"""From what a user names to a stream of documents."""

import logging
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lsr.corpus import apt, jsonl, stdlib
from lsr_index.documents import Document
from lsr_index.errors import InputError, LsrError, MissingDependencyError
from lsr_index.exchange import lines

GATHERED: dict[str, Callable[[], Iterator[dict[str, str]]]] = {"python-stdlib": stdlib.read, "apt": apt.read}
"""Corpora that are gathered from this machine."""


class Corpus:
    """Documents that can be read again and again, in the same order.

    Args:
        name: As the user named it.
        read: Starts a new pass.
    """

    def __init__(self, name: str, read: Callable[[], Iterable[Document]]) -> None:
        self.name = name
        self._read = read

    def __iter__(self) -> Iterator[Document]:
        return iter(self._read())

    def texts(self) -> Iterator[str]:
        """Yield what is encoded of each document."""
        return (document.contents for document in self)

    def check(self) -> int:
        """Read everything once and return the number of documents, before anything expensive starts.

        Raises:
            InputError: if there are none, one is malformed or an id occurs twice.
        """
        seen: set[str] = set()
        for number, document in enumerate(self, 1):
            if document.id in seen:
                raise InputError(f"{self.name}: document {number} has the id {document.id!r}, which occurred before")
            seen.add(document.id)
        if not seen:
            raise InputError(f"{self.name} has no documents")
        return len(seen)


def load(name: str) -> Corpus:
    """Find a corpus.

    Args:
        name: A BEIR folder (`corpus.jsonl[.gz]`), a JSON-lines file (`.gz` too), `-` for such lines on standard
            input, `python-stdlib` (this interpreter's documentation), `apt` (descriptions of this system's packages),
            or an ir_datasets id such as `beir/scifact`.

    Raises:
        InputError: if there is no such corpus.
    """
    if name in GATHERED:
        return Corpus(name, lambda: (Document(r["id"], r["text"], r["title"]) for r in GATHERED[name]()))
    if name == "-":
        return _spooled()
    path = Path(name)
    if path.is_dir():
        file = next((path / n for n in ("corpus.jsonl", "corpus.jsonl.gz") if (path / n).is_file()), None)
        if file is None:
            raise InputError(f"{name} is a folder without corpus.jsonl; expected a BEIR folder or a JSON-lines file")
        return _from_file(file)
    if path.exists():
        return _from_file(path)
    return _from_ir_datasets(name)


def _from_file(path: Path) -> Corpus:
    def read() -> Iterator[Document]:
        return (jsonl.to_document(record, where) for where, record in lines.read_objects(path))

    return Corpus(str(path), read)


def _spooled() -> Corpus:
    # Standard input can be read only once, a corpus must be readable again: it waits in a file until we exit.
    file = tempfile.NamedTemporaryFile(prefix="lsr-stdin-", suffix=".jsonl")  # noqa: SIM115
    shutil.copyfileobj(sys.stdin.buffer, file)
    file.flush()

    def read() -> Iterator[Document]:
        records = lines.read_objects(Path(file.name))  # the closure keeps the file alive
        return (jsonl.to_document(record, where.replace(file.name, "standard input")) for where, record in records)

    return Corpus("standard input", read)


def _from_ir_datasets(name: str) -> Corpus:
    dataset = ir_dataset(name)
    if not dataset.has_docs():
        raise InputError(f"the ir_datasets entry {name!r} has no documents")

    def read() -> Iterator[Document]:
        for doc in dataset.docs_iter():
            title = getattr(doc, "title", "")
            text = doc.text if hasattr(doc, "text") else doc.default_text()
            yield Document(doc.doc_id, text or "", title or "")

    return Corpus(name, read)


def ir_dataset(name: str) -> Any:
    """Return the ir_datasets entry of a name.

    Raises:
        InputError: if there is neither such a file nor such an entry.
    """
    try:
        import ir_datasets
    except ImportError as error:
        raise MissingDependencyError(
            f"{name} is not a file or folder; ir_datasets ids need: pip install 'lsr[eval]'"
        ) from error
    logging.getLogger("ir_datasets").setLevel(logging.ERROR)  # it reports every step on standard error
    try:
        return ir_datasets.load(name)
    except KeyError as error:
        raise InputError(
            f"unknown corpus or dataset {name!r}: not a file, not a folder, not {', '.join(GATHERED)}, "
            "not an ir_datasets id"
        ) from error


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn whatever fails while ir_datasets provides an entry's files into one line.

    Raises:
        InputError: in the place of what any library raised.
    """
    try:
        yield
    except LsrError:
        raise
    except Exception as error:  # requests', urllib's, zipfile's, the library's own: whatever a download fails with
        reason = " ".join(str(error).split())[:160] or "no reason given"
        raise InputError(
            f"ir_datasets could not provide {name} ({type(error).__name__}: {reason}); check the network, or name a "
            "BEIR folder"
        ) from error
