"""The lock of an index among the processes of a server: who waits says so, and who holds it lets go.

The kernel's lock says who writes. A file beside it says that someone else would like to: the holder looks for it after
each batch of changes, commits, and gives the lock back. What waits therefore waits for a batch and a commit, not until
the holder has nothing to do.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from lsr_index.errors import IndexLockedError
from lsr_index.lock import WriteLock
from lsr_index.writer import IndexWriter
from lsr_service.problems import ProblemError

Taken = TypeVar("Taken")
WANTED = "write.wanted"
LOCK_SECONDS = 10.0
"""How long it is tried to get the lock that another process holds."""
LOOK_SECONDS = 0.01


def is_wanted(path: Path) -> bool:
    """Tell whether another process waits for the lock of an index."""
    return (path / WANTED).exists()


def writer(path: Path) -> IndexWriter:
    """Return the writer of an index, as soon as whoever holds its lock lets go.

    Raises:
        ProblemError: 503 if that takes too long.
        IndexNotFoundError, IndexFormatError: if the index is gone or damaged.
    """
    return _wait(path, lambda: IndexWriter(path, merge="background"))


def lock(path: Path) -> WriteLock:
    """Return the lock itself, in the same way."""
    return _wait(path, lambda: WriteLock(path))


def _wait(path: Path, take: Callable[[], Taken]) -> Taken:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            taken = take()
        except IndexLockedError as error:
            if time.monotonic() > deadline:
                detail = "another process is writing to the index; try again later"
                raise ProblemError(503, detail, headers={"Retry-After": "5"}) from error
            with suppress(OSError):  # it may have gone meanwhile, which the next turn finds out
                (path / WANTED).touch()
            time.sleep(LOOK_SECONDS)
        else:
            with suppress(OSError):  # others that wait say so again
                (path / WANTED).unlink(missing_ok=True)
            return taken
