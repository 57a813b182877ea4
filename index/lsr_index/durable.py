"""Files that survive a crash: their bytes are on disk before a name leads to them."""

import os
from pathlib import Path


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
