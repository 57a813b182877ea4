"""Typed columns of a segment's stored fields, memory-mapped; `fields_writer.py` makes them."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pyarrow as pa

from lsr_index.documents import ID_ENDS_FILE, IDS_FILE
from lsr_index.errors import IndexFormatError, InputError
from lsr_index.field_types import describe
from lsr_index.fields_writer import DROPPED, FILE, MOST, REASON, RESERVED
from lsr_index.manifest import REMEDY
from lsr_index.mapping import MappedFile


class FieldsReader:
    """Read columns by field name; nothing is checked or decoded before it is asked for.

    Args:
        files: The segment's files by name, with those that `DocumentWriter` makes.

    Raises:
        IndexFormatError: if the columns are damaged, or are not those of the segment's documents.
    """

    def __init__(self, files: Mapping[str, MappedFile]) -> None:
        self._file = files.get(FILE)
        self._id_files = files[IDS_FILE], files[ID_ENDS_FILE]
        self._ids, self._ends = (file.array().values for file in self._id_files)

    def __len__(self) -> int:
        return len(self._ends)

    @property
    def types(self) -> dict[str, str]:
        """What can be filtered on: names of fields and what they hold, "strings", "lists of strings"."""
        found = {field.name: describe(field.type) for field in self._table.schema if field.type != pa.null()}
        return {"id": "strings", **found}

    def column(self, name: str) -> pa.ChunkedArray | None:
        """Return a field's values by document number, or None if no document of the segment has it.

        Types are bool, int64, float64, string, or a list of one of these; null where a document lacks the field.

        Raises:
            InputError: if the field is there and cannot be filtered on; the message says why.
        """
        if name == "id":
            return self._id_column
        if name in RESERVED:
            raise InputError(f"cannot filter on the {name} of documents: filter on id or on a stored field")
        position = self._table.schema.get_field_index(name)
        if position < 0:
            if DROPPED in (self._table.schema.metadata or {}):
                raise InputError(f"cannot filter on {name!r}: only the first {MOST} fields can be filtered on")
            return None
        field = self._table.schema.field(position)
        if field.type == pa.null():
            raise InputError(f"cannot filter on {name!r}: the field {field.metadata[REASON].decode()}")
        return self._table.column(position)

    @cached_property
    def _id_column(self) -> pa.ChunkedArray:
        for file in self._id_files:
            file.check()
        offsets = np.concatenate([[0], self._ends]).astype(np.int64)
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(self._ids))]
        return pa.chunked_array([pa.Array.from_buffers(pa.large_string(), len(self), buffers)])

    @cached_property
    def _table(self) -> pa.Table:
        if self._file is None:
            return pa.table({})
        self._file.check()
        try:
            table = pa.ipc.open_file(pa.py_buffer(self._file.data)).read_all()
        except (pa.ArrowInvalid, OSError) as error:  # its sum matches: a foreign writer
            raise IndexFormatError(f"{self._file.path} cannot be read: {error}; {REMEDY}") from error
        if len(table) != len(self):
            raise IndexFormatError(
                f"{self._file.path} holds fields of {len(table)} documents, not {len(self)}; {REMEDY}"
            )
        return table
