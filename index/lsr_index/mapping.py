"""Files of an index, mapped and checked against the manifest: whole, or page by page as they are used."""

import io
import mmap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from lsr_index.arrays import U64
from lsr_index.errors import IndexFormatError
from lsr_index.manifest import REMEDY, FileEntry

PAGE = 1 << 16
SMALL = 1 << 18  # bytes up to which a file is read: a map costs a file descriptor


class MappedFile:
    """A file as it was when it was opened; replacing or removing it later changes nothing.

    Args:
        path: The file.
        entry: What the manifest says of it.
        pages: uint64 XXH3 of each 64 KiB; with them parts of the file can be checked.

    Raises:
        IndexFormatError: if it is missing or has another size.
    """

    def __init__(self, path: Path, entry: FileEntry, pages: U64 | None = None) -> None:
        self.path = path
        self._entry = entry
        self._pages = pages
        try:
            self.data = _bytes_of(path)
        except (FileNotFoundError, NotADirectoryError):
            raise IndexFormatError(f"{path} is missing; {REMEDY}") from None
        if self.data.size != entry["bytes"]:
            raise IndexFormatError(
                f"{path} is damaged: it has {self.data.size} bytes instead of {entry['bytes']}; {REMEDY}"
            )
        count = -(-self.data.size // PAGE)
        if pages is not None and pages.size != count:
            raise IndexFormatError(f"{path} has {count} pages, but {pages.size} checksums; {REMEDY}")
        self._seen = bytearray(count)  # pages that are known to be whole; written by any thread, always with ones

    def check(self) -> None:
        """Check the contents, unless all were found whole before.

        Raises:
            IndexFormatError: if the checksum does not match.
        """
        if self._pages is not None:
            self.check_bytes(0, self.data.size)
        elif 0 in self._seen:
            if xxhash.xxh3_64_hexdigest(self.data.data) != self._entry["xxh3"]:
                raise IndexFormatError(f"{self.path} is damaged: its checksum does not match; {REMEDY}")
            self._seen[:] = bytes([1]) * len(self._seen)

    def check_bytes(self, first: int, last: int) -> None:
        """Check the pages that hold the bytes first … last - 1, unless they were found whole before.

        Raises:
            IndexFormatError: if a checksum does not match.
        """
        begin, end = first // PAGE, -(-last // PAGE)
        if 0 not in self._seen[begin:end]:
            return
        if self._pages is None:
            self.check()
            return
        for page in range(begin, end):
            if not self._seen[page]:
                if xxhash.xxh3_64_intdigest(self.data[page * PAGE : (page + 1) * PAGE].data) != int(self._pages[page]):
                    raise IndexFormatError(f"{self.path} is damaged: page {page} fails its checksum; {REMEDY}")
                self._seen[page] = 1

    def array(self) -> "MappedArray":
        """Return the array that an .npy file holds; the page with its header is checked.

        Raises:
            IndexFormatError: if it holds none.
        """
        self.check_bytes(0, min(self.data.size, PAGE))
        try:
            header = io.BytesIO(self.data[:PAGE].tobytes())
            np.lib.format.read_magic(header)
            shape, _, dtype = np.lib.format.read_array_header_1_0(header)
            values = self.data[header.tell() :].view(dtype).reshape(shape)
        except ValueError as error:  # its sum matches, but it is no array: a foreign writer
            raise IndexFormatError(f"{self.path} cannot be read: {error}; {REMEDY}") from error
        return MappedArray(self, values, header.tell())


class MappedArray:
    """An array in a mapped file, whose items can be checked before they are used."""

    def __init__(self, file: MappedFile, values: NDArray[Any], offset: int) -> None:
        self.values = values
        self._file = file
        self._offset = offset

    def check(self, first: int, last: int) -> None:
        """Check the items first … last - 1, unless they were found whole before.

        Raises:
            IndexFormatError: if a checksum does not match.
        """
        size = self.values.itemsize
        self._file.check_bytes(self._offset + size * first, self._offset + size * last)


def open_files(
    folder: Path, entries: Mapping[str, FileEntry], pages: Mapping[str, U64], lazily: Iterable[str]
) -> dict[str, MappedFile]:
    """Map files and check them whole, but those named `lazily`, which are checked as they are used.

    Raises:
        IndexFormatError: if one is missing or damaged.
    """
    files = {name: MappedFile(folder / name, entry, pages.get(name)) for name, entry in entries.items()}
    for name in files.keys() - set(lazily):
        files[name].check()
    return files


def page_sums(path: Path) -> U64:
    """Return the XXH3 of each 64 KiB of a file."""
    data = _bytes_of(path)
    sums = (xxhash.xxh3_64_intdigest(data[start : start + PAGE].data) for start in range(0, data.size, PAGE))
    return np.fromiter(sums, np.uint64)


def _bytes_of(path: Path) -> NDArray[np.uint8]:
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        if size <= SMALL:
            file.seek(0)
            return np.frombuffer(file.read(), dtype=np.uint8)
        return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), dtype=np.uint8)
