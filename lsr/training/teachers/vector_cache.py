"""Vectors of texts on disk: float16 rows for dense encoders, sparse rows for sparse ones."""

from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr.training.teachers.parts import Parts
from lsr_index import vectors
from lsr_index.arrays import F32, I64, U64

Vectors: TypeAlias = F32 | csr_array
Kept: TypeAlias = Literal["float16", "float32"]


class VectorCache(Protocol):
    """Vectors by key."""

    def locate(self, keys: U64) -> I64:
        """Return the row of each key, -1 where there is none."""
        ...

    def append(self, keys: U64, rows: Vectors) -> None:
        """Keep vectors, durably."""
        ...

    def get(self, rows: I64) -> Vectors:
        """Return the vectors of rows."""
        ...


class DenseCache:
    """float16[n, d] on disk, or float32 where so much is wanted; float32 when asked for."""

    def __init__(self, folder: Path, dimensions: int, kept: Kept = "float16") -> None:
        self._parts = Parts(folder)
        self._dimensions = dimensions
        self._kept = kept

    def locate(self, keys: U64) -> I64:
        """Return the row of each key, -1 where there is none."""
        return self._parts.locate(keys)

    def append(self, keys: U64, rows: Vectors) -> None:
        """Keep vectors, durably; values beyond float16 are cut to it."""
        largest = float(np.finfo(self._kept).max)
        self._parts.append({"keys": keys, "vectors": np.clip(np.asarray(rows), -largest, largest).astype(self._kept)})

    def get(self, rows: I64) -> F32:
        """Return float32[n, d]."""
        out = np.empty((len(rows), self._dimensions), dtype=np.float32)
        for arrays, inside, positions in self._parts.split(rows):
            out[positions] = arrays["vectors"][inside]
        return out


class SparseCache:
    """Sparse rows on disk as they come: term ids and float32 weights."""

    def __init__(self, folder: Path, size: int) -> None:
        self._parts = Parts(folder)
        self._size = size

    def locate(self, keys: U64) -> I64:
        """Return the row of each key, -1 where there is none."""
        return self._parts.locate(keys)

    def append(self, keys: U64, rows: Vectors) -> None:
        """Keep vectors, durably."""
        matrix = csr_array(rows)
        ends = matrix.indptr[1:].astype(np.int64)
        self._parts.append({"keys": keys, "ends": ends, "terms": matrix.indices, "weights": matrix.data})

    def get(self, rows: I64) -> csr_array:
        """Return a matrix of shape (n, V)."""
        empty: tuple[NDArray[np.int32], F32] = (np.empty(0, np.int32), np.empty(0, np.float32))
        out = [empty] * len(rows)
        for arrays, inside, positions in self._parts.split(rows):
            ends = arrays["ends"]
            for row, position in zip(inside, positions, strict=True):
                span = slice(ends[row - 1] if row else 0, ends[row])
                out[position] = arrays["terms"][span], arrays["weights"][span]
        return vectors.from_rows(out, self._size)
