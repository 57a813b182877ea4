"""The manifest: what one generation of an index holds, and the checksums that tell whether it still does.

`manifest.json` is replaced in one step, so a folder always shows one generation as a whole, and a folder without a
manifest is not an index. It carries a checksum over itself and, for every other file but the log, the size and a
checksum (XXH3, 64 bits). FORMAT.md describes every field.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import xxhash

from lsr_index import durable
from lsr_index.errors import IndexFormatError, IndexNotFoundError

FILE = "manifest.json"
FORMAT = "lsr-index"
VERSION = 4
REMEDY = "rebuild the index or restore the file from a copy"

FileEntry: TypeAlias = dict[str, Any]
"""What the manifest says of a file: `{"bytes", "xxh3"}`."""
Exact: TypeAlias = Literal[16, 32] | None
"""Bits of the exact weights that segments keep beside impacts; None where they keep none."""


@dataclass(frozen=True)
class SegmentEntry:
    """The facts about one segment."""

    name: str
    """Its folder."""
    documents: int
    """Deleted ones included."""
    postings: int
    deleted: int = 0
    deletes: str | None = None
    """The file that tells which documents are deleted."""
    files: dict[str, FileEntry] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """The facts about one generation of an index; the fields are those of `manifest.json`."""

    generation: int
    vocabulary_size: int
    vocabulary_fingerprint: str
    created: str
    segments: tuple[SegmentEntry, ...]
    """In insertion order."""
    next_segment: int
    log: str
    encoder: dict[str, Any] | None = None
    tuned: dict[str, Any] | None = None
    exact: Exact = None
    files: dict[str, FileEntry] = field(default_factory=dict)
    """Files that do not belong to a segment."""

    @property
    def documents(self) -> int:
        """How many documents can be found."""
        return sum(segment.documents - segment.deleted for segment in self.segments)

    @property
    def postings(self) -> int:
        """How many (document, term) pairs are stored; those of deleted documents count until a merge drops them."""
        return sum(segment.postings for segment in self.segments)

    @property
    def bytes(self) -> int:
        """Size of all files that it lists."""
        listed = [self.files, *(segment.files for segment in self.segments)]
        return sum(int(entry["bytes"]) for files in listed for entry in files.values())

    @property
    def identity(self) -> tuple[object, ...]:
        """What commits and merges leave as it is; another index at the same path has another identity."""
        return self.created, self.vocabulary_fingerprint, self.encoder, self.files

    def write(self, folder: Path) -> None:
        """Put this generation in the place of the one that stands in the folder, durably and in one step."""
        body = {"format": FORMAT, "version": VERSION, **asdict(self)}
        body["checksum"] = _checksum_of(body)
        durable.replace(folder / FILE, (json.dumps(body, indent=1) + "\n").encode("utf-8"))


def read(folder: Path) -> Manifest:
    """Read and check the manifest of an index.

    Raises:
        IndexNotFoundError: if the folder has none.
        IndexFormatError: if it is damaged or of another version.
    """
    path = folder / FILE
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        what = "is not an index (it has no manifest.json)" if folder.exists() else "does not exist"
        raise IndexNotFoundError(f"{folder} {what}; make an index with: lsr index CORPUS -o {folder}") from None
    try:
        body = json.loads(content)
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
        segments = tuple(SegmentEntry(**segment) for segment in body.pop("segments"))
        return Manifest(segments=segments, **body)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexFormatError(f"{path} is damaged: {error!r}; {REMEDY}") from error


def describe_file(path: Path) -> FileEntry:
    """Return the manifest's entry of a file: `{"bytes", "xxh3"}`."""
    digest = xxhash.xxh3_64()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return {"bytes": path.stat().st_size, "xxh3": digest.hexdigest()}


def _checksum_of(body: Mapping[str, Any]) -> str:
    return str(xxhash.xxh3_64_hexdigest(json.dumps(body, sort_keys=True).encode()))
