"""The manifest: what an index holds, and the checksums that tell whether it still does.

`manifest.json` is written last, so a folder without one is not an index. It carries a checksum over itself and, for
every other file, the size and a checksum (XXH3, 64 bits). FORMAT.md describes every field.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import xxhash

from lsr_index.errors import IndexFormatError, IndexNotFoundError

FILE = "manifest.json"
FORMAT = "lsr-index"
VERSION = 2
REMEDY = "rebuild the index or restore the file from a copy"


@dataclass(frozen=True)
class Manifest:
    """The facts about one index; the fields are those of `manifest.json`."""

    documents: int
    postings: int
    vocabulary_size: int
    vocabulary_fingerprint: str
    created: str
    encoder: dict[str, Any] | None = None
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write `manifest.json` into the folder."""
        body = {"format": FORMAT, "version": VERSION, **asdict(self)}
        body["checksum"] = _checksum_of(body)
        (folder / FILE).write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")


def read(folder: Path) -> Manifest:
    """Read and check the manifest of an index.

    Raises:
        IndexNotFoundError: if the folder has none.
        IndexFormatError: if it is damaged or of another version.
    """
    path = folder / FILE
    if not path.is_file():
        what = "is not an index (it has no manifest.json)" if folder.exists() else "does not exist"
        raise IndexNotFoundError(f"{folder} {what}; make an index with: lsr index CORPUS -o {folder}")
    try:
        body = json.loads(path.read_bytes())
        if body["format"] != FORMAT:
            raise IndexFormatError(f"{path} says format {body['format']!r}, expected {FORMAT!r}; {REMEDY}")
        if body["version"] != VERSION:
            raise IndexFormatError(
                f"{folder} has index format version {body['version']}, this lsr reads version {VERSION}; "
                "rebuild the index or install the lsr that wrote it"
            )
        if body.pop("checksum") != _checksum_of(body):
            raise IndexFormatError(f"{path} is damaged: its checksum does not match; {REMEDY}")
        del body["format"], body["version"]
        return Manifest(**body)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexFormatError(f"{path} is damaged: {error!r}; {REMEDY}") from error


def describe_file(path: Path) -> dict[str, Any]:
    """Return the manifest's entry of a file: `{"bytes", "xxh3"}`."""
    return {"bytes": path.stat().st_size, "xxh3": checksum(path)}


def check_file(path: Path, entry: Mapping[str, Any], *, contents: bool) -> None:
    """Compare a file with its entry: its size, and its contents too when asked.

    Raises:
        IndexFormatError: if it is missing, has another size or other contents.
    """
    if not path.is_file():
        raise IndexFormatError(f"{path} is missing; {REMEDY}")
    size = path.stat().st_size
    if size != entry["bytes"]:
        raise IndexFormatError(f"{path} is damaged: it has {size} bytes instead of {entry['bytes']}; {REMEDY}")
    if contents and checksum(path) != entry["xxh3"]:
        raise IndexFormatError(f"{path} is damaged: its checksum does not match; {REMEDY}")


def checksum(path: Path) -> str:
    """Return the XXH3 checksum of a file, 16 hex digits."""
    digest = xxhash.xxh3_64()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return str(digest.hexdigest())


def _checksum_of(body: Mapping[str, Any]) -> str:
    return str(xxhash.xxh3_64_hexdigest(json.dumps(body, sort_keys=True).encode()))
