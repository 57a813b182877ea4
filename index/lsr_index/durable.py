"""Files that survive a crash: their bytes are on disk before a name leads to them."""

import ctypes
import errno
import os
from pathlib import Path

AT_FDCWD, RENAME_EXCHANGE = -100, 2  # of Linux's renameat2


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Wait until everything in a folder is on disk."""
    for path in folder.rglob("*"):
        sync(path)
    sync(folder)


def replace(path: Path, content: bytes) -> None:
    """Give a file new contents in one step: at every instant the old ones or the new ones stand there."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    sync(path.parent)


def exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step, durably; return False where the system cannot, and nothing has happened.

    Raises:
        OSError: if it could, and failed.
    """
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) != 0:
        number = ctypes.get_errno()
        if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
            return False
        raise OSError(number, os.strerror(number), str(one))
    sync(one.parent)
    sync(other.parent)
    return True
