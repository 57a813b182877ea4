"""The write-ahead log: what was acknowledged and is not yet in a segment.

A file of records, each a header (magic, kind, length, sequence number, XXH3 of the payload, XXH3 of the header) and a
payload. Only the last record can be incomplete, when its writer died before it was acknowledged: it is dropped.
Everything else that does not fit is damage. FORMAT.md has the bytes.
"""

import mmap
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import xxhash

from lsr_index import durable
from lsr_index.errors import IndexFormatError

MAGIC = b"lsr-log1"
START = struct.Struct("<8sQQ")  # magic, generation, XXH3 of the two
HEADER = struct.Struct("<4sIQQQQ")
RECORD_MAGIC = b"LSRR"
ADD, DELETE = 1, 2
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


def read(path: Path, generation: int) -> Iterator[Record]:
    """Read the records of a log, each checked.

    Args:
        path: The file.
        generation: The one that the log's name tells.

    Raises:
        IndexFormatError: if it is missing or damaged; the message names the byte.
    """
    try:
        with path.open("rb") as file:
            if file.seek(0, 2) < START.size:
                raise IndexFormatError(f"{path} is damaged: it ends at byte {file.tell()}, within its start; {REMEDY}")
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except FileNotFoundError:
        raise IndexFormatError(f"{path} is missing; {REMEDY}") from None
    yield from _records(path, data, generation)


def _records(path: Path, data: memoryview, generation: int) -> Iterator[Record]:
    magic, own_generation, checksum = START.unpack(data[: START.size])
    if magic != MAGIC or checksum != xxhash.xxh3_64_intdigest(data[: START.size - 8]) or own_generation != generation:
        raise IndexFormatError(f"{path} is damaged at byte 0: this is not the start of log {generation}; {REMEDY}")
    position, sequence = START.size, 0
    while position + HEADER.size <= len(data):
        header = bytes(data[position : position + HEADER.size])
        magic, kind, length, own_sequence, payload_sum, header_sum = HEADER.unpack(header)
        if magic != RECORD_MAGIC or kind not in (ADD, DELETE) or header_sum != _header_sum(header):
            if not any(data[position:]):  # the file had grown, and the machine died before the bytes came
                return
            raise IndexFormatError(f"{path} is damaged at byte {position}: no header of a record; {REMEDY}")
        sequence += 1
        if own_sequence != sequence:
            raise IndexFormatError(
                f"{path} is damaged at byte {position}: record {own_sequence} where {sequence} belongs; {REMEDY}"
            )
        start = position + HEADER.size
        if start + length > len(data):
            return
        payload = data[start : start + length]
        if xxhash.xxh3_64_intdigest(payload) != payload_sum:
            raise IndexFormatError(f"{path} is damaged: the record at byte {position} fails its checksum; {REMEDY}")
        position = start + length
        yield Record(kind, payload, position)


def _header_sum(header: bytes) -> int:
    return int(xxhash.xxh3_64_intdigest(header[:-8]))


def _write(descriptor: int, content: memoryview | bytes, position: int) -> None:
    rest = memoryview(content)
    while len(rest):  # ends: every turn writes something or raises
        written = os.pwrite(descriptor, rest, position)
        rest, position = rest[written:], position + written
