"""One writer an index: a lock that the kernel takes back when its holder dies, however it dies."""

import fcntl
import os
from pathlib import Path

from lsr_index.errors import IndexLockedError, IndexNotFoundError

FILE = "write.lock"


class WriteLock:
    """Hold the lock of an index until `release`.

    Args:
        folder: The index.

    Raises:
        IndexLockedError: if it is held; the message names the process.
        IndexNotFoundError: if there is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / FILE
        while True:  # ends: only when an index is replaced in this instant is there a second turn
            try:
                self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            except (FileNotFoundError, NotADirectoryError):
                raise IndexNotFoundError(f"{folder} does not exist") from None
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
                os.close(self._descriptor)
                raise IndexLockedError(
                    f"{folder} is being written to by process {holder}; wait until it is done, or stop it"
                ) from None
            if _is_file(path, self._descriptor):
                break
            os.close(self._descriptor)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let others write; harmless when done twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _is_file(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
