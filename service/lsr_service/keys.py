"""API keys in a file: made, listed, revoked.

A key is 32 random bytes in URL-safe base64. The file has its SHA-256 only: at 256 bits of entropy no one can try all
keys, so a slow password hash would cost every request and protect nothing.
"""

import fcntl
import hashlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path

from lsr_index import durable
from lsr_index.errors import InputError

PREFIX = "lsr_"
SHAPE = re.compile(PREFIX + r"[\w-]{43}")
"""How a key looks, wherever it was put by mistake."""
FORMAT = 1


class Scope(IntEnum):
    """What a key may do; each may do what those before it may."""

    read = 1
    """Search, encode, explain, read documents and facts."""
    write = 2
    """Put and delete documents."""
    admin = 3
    """Create and delete indexes."""


@dataclass(frozen=True)
class Key:
    """What is known of a key."""

    id: str
    name: str
    scope: Scope
    hash: str
    """SHA-256 of the key, in hexadecimal."""
    created: str


def digest(secret: str) -> str:
    """Return what a key is kept as."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def read(path: Path) -> list[Key]:
    """Read a file of keys.

    Raises:
        InputError: if it does not exist or is malformed.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise InputError(f"{path} has format {content['format']}, this lsr reads {FORMAT}; use a newer lsr")
        return [Key(**{**entry, "scope": Scope[entry["scope"]]}) for entry in content["keys"]]
    except FileNotFoundError as error:
        raise InputError(
            f"{path} does not exist; make a first key with: lsr serve keys create --keys {path}"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is no file of keys ({error!r})") from error


def create(path: Path, scope: Scope, name: str = "") -> tuple[Key, str]:
    """Add a new key to a file, which is made where there is none; returns it with its secret, which is kept nowhere."""
    secret = PREFIX + secrets.token_urlsafe(32)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    key = Key(secrets.token_hex(4), name, scope, digest(secret), created)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        _write(path, [*(read(path) if path.exists() else []), key])
    return key, secret


def revoke(path: Path, key_id: str) -> Key:
    """Remove a key from a file.

    Raises:
        InputError: if there is none of that id.
    """
    read(path)
    with _alone(path):
        keys = read(path)
        found = next((key for key in keys if key.id == key_id), None)
        if found is None:
            raise InputError(f"{path} has no key {key_id!r}; lsr serve keys list --keys {path} shows their ids")
        _write(path, [key for key in keys if key is not found])
    return found


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    # A key that is made while another is revoked must not bring that one back.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)  # which lets go of the lock


def _write(path: Path, keys: list[Key]) -> None:
    content = {"format": FORMAT, "keys": [{**asdict(key), "scope": key.scope.name} for key in keys]}
    # A new file each time, readable by its owner alone from its first byte on, then put in the old one's place.
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps(content, indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    durable.sync(path.parent)
