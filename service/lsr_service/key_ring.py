"""The keys that a running server accepts: read again whenever the file changes."""

import hmac
import logging
import threading
import time
from pathlib import Path

from lsr_index.errors import InputError
from lsr_service import keys
from lsr_service.keys import Key

log = logging.getLogger("lsr_service")
LOOKED_EVERY = 1.0
"""Seconds between two looks at the file."""


class KeyRing:
    """Find keys by their secrets.

    Args:
        path: The file of keys.

    Raises:
        InputError: if it does not exist or is malformed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys = keys.read(path)
        self._stamp = self._stamped()
        self._looked = time.monotonic()
        self._lock = threading.Lock()

    def find(self, secret: str) -> Key | None:
        """Return the key of a secret, None for one that is unknown.

        All keys are compared, each in constant time, so that the time tells nothing about any of them.
        """
        self._look()
        given = keys.digest(secret)
        found = None
        for key in self._keys:
            if hmac.compare_digest(key.hash, given):
                found = key
        return found

    def _look(self) -> None:
        with self._lock:
            if time.monotonic() - self._looked < LOOKED_EVERY:
                return
            self._looked = time.monotonic()
            if (stamp := self._stamped()) == self._stamp:
                return
            self._stamp = stamp
            try:
                self._keys = keys.read(self._path)
                log.info("read %d keys anew", len(self._keys))
            except (InputError, OSError):
                # A file that cannot be read lets nobody in: those whom it revoked must not stay.
                self._keys = []
                log.exception("the file of keys cannot be read; every key is refused until it can")

    def _stamped(self) -> object:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_mtime_ns, stat.st_size
