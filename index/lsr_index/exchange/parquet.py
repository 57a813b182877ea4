"""Vectors in Parquet: columns id (string), indices (list of int32), values (list of float32), one row a vector.

Files that lsr writes carry their vocabulary in the file's metadata, so that nothing else is needed to index them.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.sparse import csr_array

from lsr_index import vectors
from lsr_index.errors import InputError
from lsr_index.exchange.atomic import complete
from lsr_index.vocabulary import Vocabulary

TERMS_KEY, MODEL_KEY = b"lsr.vocabulary", b"lsr.encoder"
LARGEST_UNNAMED = 10_000_000  # terms that are made up, one a number, for a file without a vocabulary
COLUMNS = [("id", pa.string()), ("indices", pa.list_(pa.int32())), ("values", pa.list_(pa.float32()))]


@dataclass(frozen=True)
class VectorFile:
    """The vectors of a file; `vocabulary` is None where the file does not carry one."""

    ids: list[str]
    vectors: csr_array
    vocabulary: Vocabulary | None


class VectorWriter:
    """Write vectors to a Parquet file in batches; the file appears under its name when the `with` block ends well."""

    def __init__(self, path: Path, vocabulary: Vocabulary, encoder: dict[str, Any] | None = None) -> None:
        self._file = complete(path)
        metadata = {TERMS_KEY: json.dumps(vocabulary.terms).encode(), MODEL_KEY: json.dumps(encoder).encode()}
        self._schema = pa.schema(COLUMNS, metadata=metadata)
        self._writer = pq.ParquetWriter(
            self._file.__enter__(), self._schema, compression="zstd", write_page_checksum=True
        )

    def add(self, ids: Sequence[str], rows: csr_array) -> None:
        """Append vectors."""
        ends = pa.array(rows.indptr.astype(np.int32))
        columns = [
            pa.array(ids, pa.string()),
            pa.ListArray.from_arrays(ends, pa.array(rows.indices.astype(np.int32))),
            pa.ListArray.from_arrays(ends, pa.array(rows.data.astype(np.float32))),
        ]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))

    def __enter__(self) -> "VectorWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        self._file.__exit__(kind, error, trace)


def vocabulary(path: Path) -> Vocabulary | None:
    """Return the vocabulary that a file carries, or None."""
    terms = _metadata(path, TERMS_KEY)
    if terms is not None and not (isinstance(terms, list) and all(isinstance(term, str) for term in terms)):
        raise InputError(f"{path} carries a vocabulary that is not a list of terms")
    return None if terms is None else Vocabulary(terms)


def encoder_record(path: Path) -> dict[str, Any] | None:
    """Return what a file says of the model that made it, or None."""
    record = _metadata(path, MODEL_KEY)
    known = isinstance(record, dict) and {"kind", "model", "revision", "settings"} <= set(record)
    return record if known else None


def count(path: Path) -> int:
    """Return how many vectors a file has."""
    return int(_open(path).metadata.num_rows)


def width(path: Path) -> int:
    """Return the size of a file's vocabulary; without one, it is one more than the largest index.

    Raises:
        InputError: if the file has no vocabulary, and an index for which terms could not be made up.
    """
    terms = vocabulary(path)
    if terms is not None:
        return len(terms)
    largest = -1
    for _, indices, _ in _columns(path, _open(path)):
        largest = max(largest, int(np.max(indices.flatten().to_numpy(zero_copy_only=False), initial=-1)))
    if largest >= LARGEST_UNNAMED:
        raise InputError(f"{path} has the index {largest} and no vocabulary; name its terms with --vocabulary")
    return largest + 1


def batches(path: Path, size: int | None = None) -> Iterator[tuple[list[str], csr_array]]:
    """Yield `(ids, vectors)` batch by batch.

    Args:
        path: The file.
        size: The vocabulary's size V; by default the file's own vocabulary's, else one more than the largest index.

    Raises:
        InputError: if the file is not Parquet, lacks a column, or has an index outside the vocabulary.
    """
    file = _open(path)
    columns = size or width(path)
    for ids, indices, values in _columns(path, file):
        terms = indices.flatten().to_numpy(zero_copy_only=False).astype(np.int64)
        weights = values.flatten().to_numpy(zero_copy_only=False)
        lengths = indices.value_lengths().to_numpy(zero_copy_only=False)
        if not np.array_equal(lengths, values.value_lengths().to_numpy(zero_copy_only=False)):
            raise InputError(f"{path} has rows with different numbers of indices and values")
        if len(terms) and not 0 <= int(terms.min()) <= int(terms.max()) < columns:
            wrong = int(terms.min()) if int(terms.min()) < 0 else int(terms.max())
            raise InputError(f"{path} has the index {wrong}, the vocabulary has {columns} terms")
        indptr = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        matrix = csr_array((weights, terms.astype(np.int32), indptr), shape=(len(ids), columns))
        yield [str(value) for value in ids.to_pylist()], vectors.checked(matrix, columns, str(path))


def read(path: Path) -> VectorFile:
    """Read a whole file."""
    terms = vocabulary(path)
    ids: list[str] = []
    parts = []
    for some, rows in batches(path):
        ids += some
        parts.append(rows)
    return VectorFile(ids, vectors.concatenate(parts, parts[0].shape[1] if parts else len(terms or ())), terms)


def _open(path: Path) -> pq.ParquetFile:
    if not path.is_file():
        raise InputError(f"{path} does not exist")
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)
        schema = file.schema_arrow
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path} is not a Parquet file: {_first_line(error)}") from error
    missing = [name for name, _ in COLUMNS if name not in schema.names]
    if missing:
        raise InputError(f"{path} has no column {missing[0]!r}; vectors need id, indices and values")
    for name, fits in (("indices", pa.types.is_integer), ("values", pa.types.is_floating)):
        kind = schema.field(name).type
        listed = pa.types.is_list(kind) or pa.types.is_large_list(kind)
        if not listed or not (fits(kind.value_type) or (name == "values" and pa.types.is_integer(kind.value_type))):
            wanted = "whole numbers" if name == "indices" else "numbers"
            raise InputError(f"{path}: the column {name!r} holds {kind}, expected lists of {wanted}")
    return file


def _columns(path: Path, file: pq.ParquetFile) -> Iterator[list[Any]]:
    try:
        for batch in file.iter_batches(batch_size=4096, columns=[name for name, _ in COLUMNS]):
            columns = [batch.column(name) for name, _ in COLUMNS]
            if any(column.null_count for column in columns):
                raise InputError(f"{path} has rows without id, indices or values")
            yield columns
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path} is damaged: {_first_line(error)}") from error


def _metadata(path: Path, key: bytes) -> Any:
    try:
        return json.loads((_open(path).schema_arrow.metadata or {}).get(key, b"null"))
    except ValueError as error:
        raise InputError(f"{path} carries malformed metadata {key.decode()}: {error}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
