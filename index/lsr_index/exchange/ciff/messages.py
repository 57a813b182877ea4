"""Protobuf messages in a file, one after the other, each preceded by its length; for what is not worth a kernel."""

import gzip
import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

from lsr_index.errors import InputError

BUFFER = 1 << 20
LARGEST = (1 << 31) - 1  # bytes of a message that protobuf allows
STEP = 1 << 26  # bytes asked for at a time: a damaged length must not make us ask for gigabytes that are not there


class MessageReader:
    """Read delimited messages of a file, through gzip where its name ends in .gz.

    Raises:
        InputError: if there is no such file.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise InputError(f"{path} does not exist" if not path.exists() else f"{path} is not a file")
        self._path = path
        self._plain = path.open("rb", BUFFER)
        packed = path.suffix == ".gz"
        self._file: IO[bytes] = io.BufferedReader(gzip.GzipFile(fileobj=self._plain), BUFFER) if packed else self._plain
        self.position = 0
        """The next byte, of what the file holds unpacked."""

    def message(self) -> bytes:
        """Return the next message.

        Raises:
            InputError: if the file ends before it does, or no message can be so long.
        """
        start, size, shift = self.position, 0, 0
        while True:  # ends: five bytes hold any length that is allowed
            byte = self._read(1)[0]
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
            if shift > 28:
                size = LARGEST + 1
                break
        if size > LARGEST:
            raise InputError(f"{self._path}: byte {start}: no length of a message; the file is damaged")
        return self._read(size)

    def check_end(self) -> None:
        """Refuse bytes that are left.

        Raises:
            InputError: if there are any.
        """
        start = self.position
        if self._some(1):
            raise InputError(f"{self._path}: byte {start}: more messages than the header says")

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._plain.close()  # unpacking leaves it open

    def __enter__(self) -> "MessageReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, size: int) -> bytes:
        parts = []
        left = size
        while left:  # ends: left shrinks, or the file is at its end
            part = self._some(min(left, STEP))
            if not part:
                raise InputError(f"{self._path}: cut off at byte {self.position}, within a message; get the whole file")
            parts.append(part)
            left -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _some(self, size: int) -> bytes:
        try:
            data = self._file.read(size)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputError(f"{self._path}: not a whole gzip file ({error})") from error
        self.position += len(data)
        return data


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield `(field number, value)`: an int64 of varints, bytes of everything else.

    Raises:
        ValueError: if it is no message.
    """
    p = 0
    while p < len(message):  # ends: p grows
        tag, p = _varint(message, p)
        wire = tag & 7
        if wire == 0:
            value, p = _varint(message, p)
            yield tag >> 3, value - (1 << 64) if value >> 63 else value
            continue
        if wire not in (1, 2, 5):
            raise ValueError(f"wire type {wire}")
        size, p = _varint(message, p) if wire == 2 else (8 if wire == 1 else 4, p)
        if size > len(message) - p:
            raise ValueError("a field is longer than its message")
        yield tag >> 3, message[p : p + size]
        p += size


def field(number: int, value: int | float | bytes) -> bytes:
    """Encode a field: whole numbers as varints, floats as doubles, bytes with their length; nothing for a zero."""
    if not value:
        return b""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    """Encode a whole number that is not negative."""
    out = bytearray()
    while value > 127:  # ends: value shrinks
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def delimited(message: bytes) -> bytes:
    """Put a message's length before it."""
    return varint(len(message)) + message


def _varint(data: bytes, p: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if p >= len(data):
            raise ValueError("it ends within a number")
        byte = data[p]
        p += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & (1 << 64) - 1, p
    raise ValueError("a number has more than ten bytes")
