"""Vectors in NumPy archives: what `scipy.sparse.save_npz` writes, or the arrays indptr, indices and values.

Documents have no ids there, so they get their numbers: "0", "1", …
"""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_index import vectors
from lsr_index.errors import InputError
from lsr_index.exchange.scratch_arrays import ScratchArray

BATCH = 4096
LARGEST_TERM = 10_000_000  # terms are made up, one a number
WEIGHTS = ("data", "values")


@dataclass(frozen=True)
class NpzVectors:
    """The rows of an archive; the arrays are mapped."""

    path: Path
    indptr: NDArray[np.int64]
    """[N + 1]"""
    indices: NDArray[Any]
    """[P] integers below `size`."""
    weights: NDArray[Any]
    """[P] any numbers; bytes are impacts."""
    size: int
    """Columns: what the archive says, else one more than the largest index."""

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def batches(self, size: int | None = None) -> Iterator[tuple[list[str], csr_array]]:
        """Yield `(numbers as ids, vectors)`, batch by batch.

        Args:
            size: Columns, at least `self.size`.

        Raises:
            InputError: if a weight is negative, too large or not a number.
        """
        width = size or self.size
        for first in range(0, len(self), BATCH):
            ends = self.indptr[first : first + BATCH + 1]
            part = slice(int(ends[0]), int(ends[-1]))
            with np.errstate(over="ignore"):  # what overflows becomes infinite and is refused
                weights = self.weights[part].astype(np.float32)
            matrix = csr_array(
                (weights, self.indices[part].astype(np.int32), ends - ends[0]), shape=(len(ends) - 1, width)
            )
            ids = [str(number) for number in range(first, first + len(ends) - 1)]
            yield ids, vectors.checked(matrix, width, str(self.path))


def read(path: Path, *, folder: Path | None = None) -> NpzVectors:
    """Open an archive.

    Args:
        path: The file.
        folder: Where its arrays may lie unpacked until the result is given up; by default among temporary files.

    Raises:
        InputError: if it is no such archive, or its arrays do not fit each other.
    """
    if not path.is_file():
        raise InputError(f"{path} does not exist" if not path.exists() else f"{path} is not a file")
    try:
        with zipfile.ZipFile(path) as archive:
            found = _arrays(path, archive, folder)
    except (ValueError, OSError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is not an .npz file of arrays: {str(error).splitlines()[0]}") from error
    return _checked(path, *found)


def _arrays(
    path: Path, archive: zipfile.ZipFile, folder: Path | None
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], list[int] | None]:
    names = {name.removesuffix(".npy") for name in archive.namelist()}
    weights = next((name for name in WEIGHTS if name in names), WEIGHTS[0])
    lacking = [name for name in ("indptr", "indices", weights) if name not in names]
    if lacking:
        raise InputError(f"{path} lacks an array: {lacking[0]}; vectors need indptr, indices and data")
    if "format" in names and _unpacked(archive, "format", folder).tolist() not in ([b"csr"], ["csr"]):
        raise InputError(f"{path} is a sparse matrix of another kind; save it as rows, with .tocsr()")
    indptr, indices, values = (_unpacked(archive, name, folder) for name in ("indptr", "indices", weights))
    return indptr, indices, values, _unpacked(archive, "shape", folder).tolist() if "shape" in names else None


def _unpacked(archive: zipfile.ZipFile, name: str, folder: Path | None) -> NDArray[Any]:
    """Map an array from a file of its own, so that memory does not bound its size."""
    with archive.open(f"{name}.npy") as member:
        version = np.lib.format.read_magic(member)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = header(member)
        if dtype.hasobject or len(shape) > 1:
            raise ValueError(f"the array {name} has {len(shape)} dimensions of {dtype}")
        with ScratchArray(dtype, folder) as array:
            array.copy(member)
            return array.map()


def _checked(
    path: Path, indptr: NDArray[Any], indices: NDArray[Any], weights: NDArray[Any], shape: list[int] | None
) -> NpzVectors:
    # Scipy believes these; code that it runs natively would read beyond the arrays.
    whole = indptr.dtype.kind in "iu" and indices.dtype.kind in "iu" and weights.dtype.kind in "iuf"
    ends = indptr.astype(np.int64) if whole else np.empty(0, np.int64)
    if not len(ends) or ends[0] or (np.diff(ends) < 0).any() or not ends[-1] == len(indices) == len(weights):
        raise InputError(f"{path} holds no vectors: indptr, indices and values do not fit each other")
    low, high = (int(indices.min()), int(indices.max())) if len(indices) else (0, -1)
    rows, size = shape if shape is not None and len(shape) == 2 else (len(ends) - 1, high + 1)
    if rows != len(ends) - 1:
        raise InputError(f"{path} has {len(ends) - 1} rows and says that it has {rows}")
    if size > LARGEST_TERM:
        raise InputError(f"{path} has {size} columns, at most {LARGEST_TERM} can be indexed")
    if low < 0 or high >= size:
        raise InputError(f"{path} has the index {low if low < 0 else high}, terms are 0 to {size - 1}")
    return NpzVectors(path, ends, indices, weights, size)
