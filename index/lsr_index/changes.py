"""What the log's records hold: added documents as Arrow batches, ids of deleted ones as JSON."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array

from lsr_index.documents import Document, fields_json
from lsr_index.text import well_formed

BATCH = 4096  # documents; Arrow counts a batch's terms in 31 bits
SCHEMA = pa.schema(
    [
        ("id", pa.string()), ("title", pa.large_string()), ("text", pa.large_string()), ("fields", pa.large_string()),
        ("indices", pa.list_(pa.int32())), ("values", pa.list_(pa.float32())),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """Some added documents, decoded when asked."""

    table: Any
    """A `pyarrow.RecordBatch`."""

    def ids(self) -> list[str]:
        """The documents' ids."""
        found: list[str] = self.table.column("id").to_pylist()
        return found

    def rows(self, size: int) -> csr_array:
        """Their vectors, shape (n, size)."""
        indices, values = self.table.column("indices"), self.table.column("values")
        # Copies: read-only arrays would have the kernels compiled a second time.
        parts = (values.flatten().to_numpy().copy(), indices.flatten().to_numpy().copy(), indices.offsets.to_numpy())
        return csr_array(parts, shape=(len(self.table), size))

    def documents(self) -> list[Document]:
        """What is stored of them."""
        columns = (self.table.column(name).to_pylist() for name in ("id", "text", "title", "fields"))
        return [
            Document(document_id, text, title, json.loads(fields or "{}"))
            for document_id, text, title, fields in zip(*columns, strict=True)
        ]


def encode_adds(rows: csr_array, documents: Sequence[Document]) -> memoryview:
    """Return the payload of a record of added documents, checked before (intake.py)."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA) as stream:
        for start in range(0, len(documents), BATCH):
            stream.write_batch(_batch(rows[start : start + BATCH], documents[start : start + BATCH]))
    return memoryview(sink.getvalue())


def decode_adds(payload: memoryview) -> Iterator[Batch]:
    """Read what `encode_adds` wrote; batches refer to the payload's memory."""
    with pa.ipc.open_stream(pa.py_buffer(payload)) as stream:
        for batch in stream:
            yield Batch(batch)


def encode_deletes(ids: Sequence[str]) -> bytes:
    """Return the payload of a record of deleted ids."""
    return json.dumps(list(ids)).encode("ascii")


def decode_deletes(payload: memoryview) -> list[str]:
    """Read what `encode_deletes` wrote."""
    ids: list[str] = json.loads(bytes(payload))
    return ids


def _batch(rows: csr_array, documents: Sequence[Document]) -> Any:
    ends = pa.array(rows.indptr.astype(np.int32))
    columns = [
        pa.array([document.id for document in documents], pa.string()),
        pa.array([well_formed(document.title) for document in documents], pa.large_string()),
        pa.array([well_formed(document.text) for document in documents], pa.large_string()),
        pa.array([fields_json(document) for document in documents], pa.large_string()),
        pa.ListArray.from_arrays(ends, pa.array(rows.indices.astype(np.int32))),
        pa.ListArray.from_arrays(ends, pa.array(rows.data.astype(np.float32))),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
