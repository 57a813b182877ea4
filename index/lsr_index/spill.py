"""Vectors on their way into a segment: flat files on disk, written once, read through the page cache."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_index import layout

NAMES = ("lengths", "terms", "weights")


class Spill:
    """Rows of vectors in three files of a folder: postings of each document, their terms, their weights.

    Args:
        folder: Where the files go.
        size: The vocabulary's size V; terms take two bytes each if that is enough.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self._paths = {name: folder / f"spill.{name}" for name in NAMES}
        self._files = {name: path.open("wb") for name, path in self._paths.items()}
        self._dtype = np.uint16 if size <= 1 << 16 else np.uint32
        self.documents = 0
        self.frequencies = np.zeros(size, dtype=np.int64)
        """[V] documents that have each term."""
        self.largest = np.zeros(size, dtype=np.float32)
        """[V] largest weight of each term."""
        self.integral = True

    def append(self, rows: csr_array) -> None:
        """Write rows behind the others."""
        np.diff(rows.indptr).astype(np.int32).tofile(self._files["lengths"])
        rows.indices.astype(self._dtype).tofile(self._files["terms"])
        rows.data.tofile(self._files["weights"])
        self.documents += rows.shape[0]
        self.integral &= bool(layout.note(rows.indices, rows.data, self.frequencies, self.largest))

    def read(self) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[np.float32]]:
        """Close the files and map them: `(ends int64[N], terms uint16 or uint32[P], weights float32[P])`."""
        self.close()
        lengths = np.fromfile(self._paths["lengths"], dtype=np.int32)
        terms, weights = (_map(self._paths[n], t) for n, t in (("terms", self._dtype), ("weights", np.float32)))
        return np.cumsum(lengths, dtype=np.int64), terms, weights

    def close(self) -> None:
        """Close the files; harmless when done twice."""
        for file in self._files.values():
            file.close()

    def remove(self) -> None:
        """Delete the files."""
        self.close()
        for path in self._paths.values():
            path.unlink(missing_ok=True)


def _map(path: Path, dtype: Any) -> NDArray[Any]:
    if path.stat().st_size == 0:  # nothing to map
        return np.empty(0, dtype=dtype)
    return np.asarray(np.memmap(path, dtype=dtype, mode="r"))
