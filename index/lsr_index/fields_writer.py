"""Write the stored fields of a segment as typed columns, `fields.arrow`, in bounded memory.

A type is known when the last document has come. Until then, batches lie in a spill file in the types they have by
themselves. A field that no type fits becomes a column of Arrow's null type, whose metadata say why.
"""

from collections.abc import Iterable, Mapping
from itertools import repeat
from pathlib import Path
from typing import Any

import pyarrow as pa

from lsr_index.field_types import UnfilterableError, array_of, common, convert, flatten

FILE = "fields.arrow"
REASON = b"unfilterable"
"""Key of a column's metadata: why it is empty."""
DROPPED = b"dropped"
"""Key of the schema's metadata: that there were more than `MOST` fields."""
RESERVED = frozenset({"id", "title", "text"})
"""Names that mean the document's own id, title and text."""
BATCH = 16_384  # documents of a record batch
MOST_VALUES = 1 << 20  # of a record batch, unless one document has more
MOST = 256  # fields; data that keep growing new names would grow the file by a column each


class FieldsWriter:
    """Collect documents' fields in insertion order; call `close` to finish the file.

    There is no file where no document has a field.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._spill_path = folder / "fields.spill"
        self._spill: pa.OSFile | None = None
        self._rows = self._values = 0
        self._columns: dict[str, list[Any]] = {}  # of the batch; shorter than its rows where the last ones lack it
        self._types: dict[str, pa.DataType] = {}
        self._reasons: dict[str, str] = {}
        self._names: dict[str, None] = {}  # ordered
        self._dropped = False

    def add(self, documents: Iterable[Mapping[str, Any]]) -> None:
        """Append the fields of documents; complete batches are written at once."""
        for fields in documents:
            if fields:
                self._append(fields)
            self._rows += 1
            if self._rows == BATCH or self._values >= MOST_VALUES:
                self._flush()

    def close(self) -> None:
        """Write the file."""
        self._flush()
        if self._spill is None:
            return
        self._spill.close()
        if self._names:
            self._write()
        self._spill_path.unlink()

    def _append(self, fields: Mapping[str, Any]) -> None:
        for name, value in flatten(fields):
            if name in self._reasons or name in RESERVED:
                continue
            if name not in self._names:
                if len(self._names) == MOST:
                    self._dropped = True
                    continue
                self._names[name] = None
            column = self._columns.setdefault(name, [])
            if len(column) > self._rows:
                self._give_up(name, "is given twice in one document: nested, and with a dot in its name")
                continue
            column.extend(repeat(None, self._rows - len(column)))
            column.append(value)
            self._values += len(value) if isinstance(value, list) else 1

    def _flush(self) -> None:
        if not self._rows:
            return
        arrays = {}
        for name, values in list(self._columns.items()):
            try:
                arrays[name] = array_of([*values, *repeat(None, self._rows - len(values))])
                kind = arrays[name].type
                self._types[name] = common(self._types.get(name, kind), kind)
            except UnfilterableError as error:
                arrays.pop(name, None)
                self._give_up(name, str(error))
        # The first column tells how many documents there are, were there no other.
        batch = pa.record_batch([pa.nulls(self._rows), *arrays.values()], names=["", *arrays])
        self._spill = self._spill or pa.OSFile(str(self._spill_path), "wb")
        with pa.ipc.new_stream(self._spill, batch.schema) as stream:  # each batch has a schema of its own
            stream.write_batch(batch)
        self._columns = {}
        self._rows = self._values = 0

    def _give_up(self, name: str, reason: str) -> None:
        self._reasons[name] = reason
        self._columns.pop(name, None)

    def _write(self) -> None:
        schema = pa.schema(
            [
                pa.field(name, pa.null(), metadata={REASON: self._reasons[name]})
                if name in self._reasons
                else pa.field(name, self._types[name])
                for name in self._names
            ],
            metadata={DROPPED: b"1"} if self._dropped else None,
        )
        with pa.ipc.new_file(str(self._path), schema) as out, pa.memory_map(str(self._spill_path)) as spill:
            while spill.tell() < spill.size():
                for batch in pa.ipc.open_stream(spill):
                    out.write_batch(_converted(batch, schema))


def _converted(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = dict(zip(batch.schema.names[1:], batch.columns[1:], strict=True))
    return pa.record_batch(
        [
            convert(columns[field.name], field.type)
            if field.name in columns and field.type != pa.null()
            else pa.nulls(batch.num_rows, field.type)
            for field in schema
        ],
        schema=schema,
    )
