"""Stored documents: lines of JSON in small compressed blocks, so that one document is read for the price of one.

A block is a Zstandard frame of whole lines, and frames that follow one another are a file that any tool reads:
`zstdcat documents.jsonl.zst`. Ten hits lie in ten blocks, as a rule; what a block costs to read is what a hit costs.

Ids also lie in two plain arrays, so that a search without texts never decodes a block, and sorted by hash, so that a
document is found by its id; fields lie in typed columns (fields_writer.py), so that filters need not decode it either.
"""

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import xxhash

from lsr_index.errors import IndexFormatError, InputError
from lsr_index.fields_writer import FieldsWriter
from lsr_index.ids import write_lookup
from lsr_index.manifest import REMEDY
from lsr_index.mapping import MappedFile
from lsr_index.text import well_formed

BLOCK = 1 << 13
"""Bytes of lines from which on a block is complete: larger ones are packed tighter and take longer to read."""
LEVEL = 3  # of Zstandard
FILE, BLOCKS_FILE = "documents.jsonl.zst", "document_blocks.npy"
IDS_FILE, ID_ENDS_FILE = "ids.npy", "id_ends.npy"


@dataclass(frozen=True)
class Document:
    """One document as it was given: id, title, text and whatever other fields it had."""

    id: str
    text: str
    title: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def contents(self) -> str:
        """Title and text, as they are encoded."""
        return f"{self.title} {self.text}" if self.title else self.text


def fields_json(document: Document) -> str | None:
    """Return a document's other fields as a JSON object, None if it has none.

    Raises:
        InputError: if JSON cannot hold them.
    """
    if not document.fields:
        return None
    try:
        return json.dumps(document.fields)
    except (TypeError, ValueError) as error:
        raise InputError(f"the fields of document {document.id!r} cannot be stored as JSON: {error}") from error


class DocumentWriter:
    """Write documents in insertion order; call `close` to finish the files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = (folder / FILE).open("wb")
        self._codec = pa.Codec("zstd", LEVEL)
        self._fields = FieldsWriter(folder)
        self._waiting: list[Document] = []
        self._lines = bytearray()
        self._blocks: list[tuple[int, int, int]] = []
        self._ids = bytearray()
        self._ends = array("q")
        self._hashes = array("Q")

    def add(self, documents: Iterable[Document]) -> None:
        """Append documents; complete blocks are written at once."""
        for document in documents:
            encoded = document.id.encode("utf-8")
            self._lines += _line(document)
            self._ids += encoded
            self._ends.append(len(self._ids))
            self._hashes.append(xxhash.xxh3_64_intdigest(encoded))
            self._waiting.append(document)
            if len(self._lines) >= BLOCK:
                self._flush()

    def close(self) -> None:
        """Write what is left, the borders of the blocks, the arrays of ids and the columns of fields."""
        if self._waiting:
            self._flush()
        self._fields.close()
        self._file.close()
        np.save(self._folder / BLOCKS_FILE, np.array(self._blocks, dtype=np.uint64).reshape(-1, 3))
        np.save(self._folder / IDS_FILE, np.frombuffer(self._ids, dtype=np.uint8))
        np.save(self._folder / ID_ENDS_FILE, np.array(self._ends, dtype=np.int64))
        write_lookup(self._folder, np.array(self._hashes, dtype=np.uint64))

    def abandon(self) -> None:
        """Close the file, which will not be used."""
        self._waiting = []
        self._file.close()

    def _flush(self) -> None:
        self._file.write(self._codec.compress(bytes(self._lines), asbytes=True))
        self._blocks.append((self._file.tell(), len(self._ends), len(self._lines)))
        self._fields.add(row.fields for row in self._waiting)
        self._waiting = []
        self._lines.clear()


class DocumentReader:
    """Read ids and documents of a segment by document number; what is read is checked first, page by page.

    Args:
        files: The segment's files by name.
    """

    def __init__(self, files: Mapping[str, MappedFile]) -> None:
        self._file = files[FILE]
        self._ids, self._ends = files[IDS_FILE].array(), files[ID_ENDS_FILE].array()
        blocks = files[BLOCKS_FILE].array().values
        self._block_ends, self._last, self._sizes = (blocks[:, column].astype(np.int64) for column in range(3))

    def __len__(self) -> int:
        return len(self._ends.values)

    def id(self, number: int) -> str:
        """Return the id of a document number.

        Raises:
            IndexFormatError: if the part of the files that holds it is damaged.
        """
        ends = self._ends.values
        self._ends.check(max(0, number - 1), number + 1)
        start, stop = int(ends[number - 1]) if number else 0, int(ends[number])
        self._ids.check(start, stop)
        data: bytes = self._ids.values[start:stop].tobytes()
        return data.decode("utf-8")

    def ids(self, numbers: Iterable[int]) -> list[str]:
        """Return the ids of document numbers."""
        return [self.id(int(number)) for number in numbers]

    def get(self, numbers: Sequence[int]) -> list[Document]:
        """Return the documents with these numbers; neighbours are read together.

        Raises:
            IndexFormatError: if the part of the file that holds one of them is damaged.
        """
        found, block, lines = [], -1, []
        for number, place in zip(numbers, np.searchsorted(self._last, numbers, side="right").tolist(), strict=True):
            if place != block:
                block, lines = place, self._read(place)
            first = int(self._last[block - 1]) if block else 0
            value = json.loads(lines[int(number) - first])
            found.append(Document(value["id"], value["text"], value["title"], value.get("fields", {})))
        return found

    def _read(self, block: int) -> list[bytes]:
        start, end = int(self._block_ends[block - 1]) if block else 0, int(self._block_ends[block])
        self._file.check_bytes(start, end)
        try:
            data: bytes = pa.decompress(self._file.data[start:end], int(self._sizes[block]), codec="zstd", asbytes=True)
        except (OSError, pa.ArrowException) as error:  # its sum matches, but it is no frame: a foreign writer
            raise IndexFormatError(f"{self._file.path} cannot be read: {error}; {REMEDY}") from error
        return data.split(b"\n")


def _line(document: Document) -> bytes:
    own = {"id": document.id, "title": well_formed(document.title), "text": well_formed(document.text)}
    line = json.dumps(own, ensure_ascii=False)
    fields = fields_json(document)
    if fields is not None:
        line = f'{line[:-1]}, "fields": {fields}}}'
    return line.encode("utf-8") + b"\n"
