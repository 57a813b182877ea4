"""Stored documents: a Parquet file of small row groups, each with a checksum that is verified when it is read.

A *part* is a row group, or, last, the file's footer.

Columns: id, title, text (strings) and fields (a JSON object, null where a document has no more than these). Ids also
lie in two plain arrays, so that a search without texts never decodes the Parquet file, and sorted by hash, so that a
document is found by its id; fields lie in typed columns (fields_writer.py), so that filters need not decode it either.
"""

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from lsr_index.errors import IndexFormatError, InputError
from lsr_index.fields_writer import FieldsWriter
from lsr_index.ids import write_lookup
from lsr_index.manifest import REMEDY
from lsr_index.mapping import MappedFile
from lsr_index.text import well_formed

ROW_GROUP = 256
SCHEMA = pa.schema([("id", pa.string()), ("title", pa.string()), ("text", pa.string()), ("fields", pa.string())])
FILE, GROUPS_FILE = "documents.parquet", "document_groups.npy"
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
        self._writer = pq.ParquetWriter(folder / FILE, SCHEMA, compression="zstd")
        self._fields = FieldsWriter(folder)
        self._waiting: list[Document] = []
        self._ids = bytearray()
        self._ends = array("q")
        self._hashes = array("Q")

    def add(self, documents: Iterable[Document]) -> None:
        """Append documents; complete row groups are written at once."""
        for document in documents:
            encoded = document.id.encode("utf-8")
            self._ids += encoded
            self._ends.append(len(self._ids))
            self._hashes.append(xxhash.xxh3_64_intdigest(encoded))
            self._waiting.append(document)
            if len(self._waiting) == ROW_GROUP:
                self._flush()

    def close(self) -> None:
        """Write what is left, the arrays of ids, the columns of fields and the row groups' checksums."""
        if self._waiting:
            self._flush()
        self._fields.close()
        self._writer.close()
        np.save(self._folder / IDS_FILE, np.frombuffer(self._ids, dtype=np.uint8))
        np.save(self._folder / ID_ENDS_FILE, np.array(self._ends, dtype=np.int64))
        write_lookup(self._folder, np.array(self._hashes, dtype=np.uint64))
        path = self._folder / FILE
        ends = _part_ends(path)
        data = np.memmap(path, dtype=np.uint8, mode="r")
        sums = [xxhash.xxh3_64_intdigest(data[a:b].tobytes()) for a, b in zip([0, *ends[:-1]], ends, strict=True)]
        np.save(self._folder / GROUPS_FILE, np.array([ends, sums], dtype=np.uint64))

    def abandon(self) -> None:
        """Close the file, which will not be used."""
        self._waiting = []
        self._writer.close()

    def _flush(self) -> None:
        rows = self._waiting
        columns = {
            "id": [well_formed(row.id) for row in rows],
            "title": [well_formed(row.title) for row in rows],
            "text": [well_formed(row.text) for row in rows],
            "fields": [fields_json(row) for row in rows],
        }
        self._writer.write_table(pa.table(columns, schema=SCHEMA))
        self._fields.add(row.fields for row in rows)
        self._waiting = []


class DocumentReader:
    """Read ids and documents of a segment by document number.

    What is read is checked first: pages of the ids; a document's row group, which is then decoded and kept among the
    128 used last.

    Args:
        files: The segment's files by name.
    """

    def __init__(self, files: Mapping[str, MappedFile]) -> None:
        self._path, self._data = files[FILE].path, files[FILE].data
        self._ids, self._ends = files[IDS_FILE].array(), files[ID_ENDS_FILE].array()
        self._ends_of_parts, self._checksums = files[GROUPS_FILE].array().values
        self._metadata: Any = None
        self._group = lru_cache(maxsize=128)(self._read_group)

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
        """Return the documents with these numbers.

        Raises:
            IndexFormatError: if the part of the file that holds one of them is damaged.
        """
        return [self._group(int(number) // ROW_GROUP)[int(number) % ROW_GROUP] for number in numbers]

    def _read_group(self, group: int) -> list[Document]:
        if self._metadata is None:
            self._check_part(len(self._ends_of_parts) - 1)
            self._metadata = pq.read_metadata(self._source())
        self._check_part(group)
        # In this thread: one of Arrow's that outlives the interpreter would abort the process as it lets a column go.
        with pq.ParquetFile(self._source(), metadata=self._metadata, pre_buffer=False) as parquet:
            rows = parquet.read_row_group(group, use_threads=False).to_pylist()
        return [
            Document(self.id(group * ROW_GROUP + n), row["text"], row["title"], json.loads(row["fields"] or "{}"))
            for n, row in enumerate(rows)
        ]

    def _source(self) -> pa.BufferReader:
        return pa.BufferReader(pa.py_buffer(self._data))

    def _check_part(self, part: int) -> None:
        start = int(self._ends_of_parts[part - 1]) if part else 0
        data = self._data[start : int(self._ends_of_parts[part])].tobytes()
        if xxhash.xxh3_64_intdigest(data) != int(self._checksums[part]):
            raise IndexFormatError(f"{self._path} is damaged: part {part} fails its checksum; {REMEDY}")


def _part_ends(path: Path) -> list[int]:
    """Return the byte at which each row group ends, and last the end of the footer."""
    metadata = pq.read_metadata(path)
    starts = [_group_start(metadata.row_group(group)) for group in range(1, metadata.num_row_groups)]
    with path.open("rb") as file:
        size = file.seek(-8, 2) + 8
        footer = int.from_bytes(file.read(4), "little")  # then the four bytes PAR1
    return [*starts, size - 8 - footer, size]


def _group_start(group: Any) -> int:
    columns = (group.column(number) for number in range(group.num_columns))
    return int(min(column.dictionary_page_offset or column.data_page_offset for column in columns))
