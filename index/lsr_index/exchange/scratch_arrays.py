"""Arrays on disk without a name: they vanish with the process, however it ends."""

import mmap
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray


class ScratchArray:
    """A flat array in a file that no folder lists: append to it, then `map` it.

    Args:
        dtype: Of its elements.
        folder: A folder of the file system that has room for it; by default that of temporary files.
    """

    def __init__(self, dtype: Any, folder: Path | None = None) -> None:
        self._dtype = np.dtype(dtype)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`

    def append(self, values: NDArray[Any]) -> None:
        """Write elements behind the others."""
        self._file.write(np.ascontiguousarray(values, dtype=self._dtype).data)

    def copy(self, source: IO[bytes]) -> None:
        """Write what a stream has left, which is taken for elements, behind the others."""
        shutil.copyfileobj(source, self._file, 1 << 20)

    def reserve(self, size: int) -> NDArray[Any]:
        """Make the array `size` zeros and return it, mapped for writing."""
        self._file.truncate(size * self._dtype.itemsize)
        return self._mapped(mmap.ACCESS_WRITE)

    def map(self) -> NDArray[Any]:
        """Return the array, read-only; it stays readable after `close`."""
        self._file.flush()
        return self._mapped(mmap.ACCESS_READ)

    def close(self) -> None:
        """Give the file up; the disk space goes when no map is left."""
        self._file.close()

    def __enter__(self) -> "ScratchArray":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _mapped(self, access: int) -> NDArray[Any]:
        size = self._file.seek(0, 2) // self._dtype.itemsize
        if size == 0:  # nothing to map
            return np.empty(0, dtype=self._dtype)
        return np.frombuffer(mmap.mmap(self._file.fileno(), 0, access=access), dtype=self._dtype, count=size)
