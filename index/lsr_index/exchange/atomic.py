"""Files that appear under their name when they are complete, or not at all."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lsr_index.errors import InputError


@contextmanager
def complete(path: Path) -> Iterator[Path]:
    """Yield a hidden path beside `path` to write to; it is renamed when the block ends well, and removed if not.

    Raises:
        InputError: if the folder does not exist.
    """
    if not path.parent.is_dir():
        raise InputError(f"{path} cannot be written: there is no folder {path.parent}")
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        yield unfinished
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def create(path: Path, *, zipped: bool) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """Open a new file for writing, through gzip if `zipped`; the same contents give the same bytes."""
    with path.open("wb", 1 << 20) as file:
        if not zipped:
            yield file
            return
        # No name and no time in the header.
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
            yield packed
