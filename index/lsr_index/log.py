"""The write-ahead log: what was acknowledged and is not yet in a segment.

A file of records, each a header (magic, kind, length, sequence number, XXH3 of the payload, XXH3 of the header) and a
payload. Only the last record can be torn, when its writer or the machine died before it was acknowledged: it is
dropped. What does not fit and has a whole record after it is damage. FORMAT.md has the bytes.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import xxhash

from lsr_index import durable
from lsr_index.errors import IndexFormatError

MAGIC = b"lsr-log1"
START = struct.Struct("<8sQQ")  # magic, generation, XXH3 of the two
HEADER = struct.Struct("<4sIQQQQ")
RECORD_MAGIC = b"LSRR"
ADD, DELETE = 1, 2
PIECE = 1 << 30  # bytes; Linux reads less than 2^31 at once
REMEDY = (
    "restore the file from a copy, or give up what was not committed: IndexWriter(path, discard_pending=True), "
    "lsr index merge PATH --discard-pending"
)


@dataclass(frozen=True)
class Record:
    """One acknowledged change."""

    kind: int
    """ADD or DELETE."""
    payload: memoryview
    """Its contents, see changes.py."""
    end: int
    """The byte after it."""


class Log:
    """A log that is appended to.

    Args:
        path: The file.
        end: Where the next record begins; what stands behind is cut off.
        sequence: How many records there are.
    """

    def __init__(self, path: Path, end: int = START.size, sequence: int = 0) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR)
        self._end = end
        self._sequence = sequence
        if os.fstat(self._descriptor).st_size != end:
            os.ftruncate(self._descriptor, end)
            os.fsync(self._descriptor)

    @property
    def end(self) -> int:
        """The byte after the last acknowledged record."""
        return self._end

    @classmethod
    def create(cls, path: Path, generation: int) -> "Log":
        """Start an empty log, durably."""
        start = START.pack(MAGIC, generation, xxhash.xxh3_64_intdigest(MAGIC + struct.pack("<Q", generation)))
        durable.replace(path, start)
        return cls(path)

    def append(self, kind: int, payload: memoryview | bytes, *, sync: bool) -> None:
        """Write a record; with `sync`, return when it is on disk.

        Raises:
            OSError: if it cannot be written; the log is then as it was before.
        """
        parts = (RECORD_MAGIC, kind, len(payload), self._sequence + 1, xxhash.xxh3_64_intdigest(payload))
        header = HEADER.pack(*parts, _header_sum(HEADER.pack(*parts, 0)))
        try:
            _write(self._descriptor, header, self._end)
            _write(self._descriptor, payload, self._end + HEADER.size)
            if sync:
                os.fsync(self._descriptor)
        except BaseException:
            os.ftruncate(self._descriptor, self._end)
            raise
        self._end += HEADER.size + len(payload)
        self._sequence += 1

    def close(self) -> None:
        """Close the file; harmless when done twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def read(path: Path, generation: int, acknowledged: int = 0) -> Iterator[Record]:
    """Read the records of a log, each checked, up to a torn last one.

    The file is read, not mapped: a writer that recovers may cut it meanwhile, which just ends it here.

    Args:
        path: The file.
        generation: The one that the log's name tells.
        acknowledged: How many bytes are known to be whole: none of their records can be a torn one.

    Raises:
        IndexFormatError: if it is missing or damaged; the message names the byte.
    """
    try:
        with path.open("rb", buffering=0) as file:
            yield from _records(path, file.fileno(), generation, acknowledged)
    except FileNotFoundError:
        raise IndexFormatError(f"{path} is missing; {REMEDY}") from None


def _records(path: Path, descriptor: int, generation: int, acknowledged: int) -> Iterator[Record]:
    size, start = os.fstat(descriptor).st_size, _read(descriptor, START.size, 0)
    if len(start) < START.size:
        raise IndexFormatError(f"{path} is damaged: it ends at byte {len(start)}, within its start; {REMEDY}")
    magic, own_generation, checksum = START.unpack(start)
    if magic != MAGIC or checksum != xxhash.xxh3_64_intdigest(start[:-8]) or own_generation != generation:
        raise IndexFormatError(f"{path} is damaged at byte 0: this is not the start of log {generation}; {REMEDY}")
    position, sequence = START.size, 1
    while header := _header(_read(descriptor, HEADER.size, position)):
        if header.sequence != sequence:
            raise IndexFormatError(
                f"{path} is damaged at byte {position}: record {header.sequence} where {sequence} belongs; {REMEDY}"
            )
        payload = _payload(descriptor, header, position, size)
        if payload is None:
            break
        position, sequence = position + HEADER.size + header.length, sequence + 1
        yield Record(header.kind, memoryview(payload), position)
    if position < acknowledged or _any_record(descriptor, position + 1, size):
        raise IndexFormatError(f"{path} is damaged: the record at byte {position} fails its checksum; {REMEDY}")


class _Header(NamedTuple):
    kind: int
    length: int
    sequence: int
    payload_sum: int


def _header(content: bytes) -> _Header | None:
    # None if it is none.
    if len(content) < HEADER.size:
        return None
    magic, kind, length, sequence, payload_sum, header_sum = HEADER.unpack(content)
    if magic != RECORD_MAGIC or kind not in (ADD, DELETE) or header_sum != _header_sum(content):
        return None
    return _Header(kind, length, sequence, payload_sum)


def _payload(descriptor: int, header: _Header, position: int, size: int) -> bytes | None:
    # What belongs to the header at a position, in a file of so many bytes; None if it is not whole.
    if position + HEADER.size + header.length > size:
        return None
    payload = _read(descriptor, header.length, position + HEADER.size)
    return payload if xxhash.xxh3_64_intdigest(payload) == header.payload_sum else None


def _any_record(descriptor: int, position: int, size: int) -> bool:
    # Whether a whole record begins anywhere from a position on.
    rest = _read(descriptor, max(0, size - position), position)
    place = rest.find(RECORD_MAGIC)
    while place >= 0:
        header = _header(rest[place : place + HEADER.size])
        if header is not None and _payload(descriptor, header, position + place, size) is not None:
            return True
        place = rest.find(RECORD_MAGIC, place + 1)
    return False


def _read(descriptor: int, length: int, position: int) -> bytes:
    # Fewer bytes where the file ends.
    pieces = []
    while length and (piece := os.pread(descriptor, min(length, PIECE), position)):
        pieces.append(piece)
        length, position = length - len(piece), position + len(piece)
    return b"".join(pieces)


def _header_sum(header: bytes) -> int:
    return int(xxhash.xxh3_64_intdigest(header[:-8]))


def _write(descriptor: int, content: memoryview | bytes, position: int) -> None:
    rest = memoryview(content)
    while len(rest):  # ends: every turn writes something or raises
        written = os.pwrite(descriptor, rest, position)
        rest, position = rest[written:], position + written
