"""A cache on disk that grows by parts: each appears complete, and one that is damaged is made anew.

FOLDER/part-000000/   keys.npy, other arrays of as many rows, checksums.json
FOLDER/part-000001/   …
"""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from lsr_index.arrays import I64, U64
from lsr_index.durable import sync, sync_tree

CHECKSUMS = "checksums.json"
Arrays = Mapping[str, NDArray[Any]]


def keys_of(texts: Sequence[str]) -> U64:
    """Return a 64-bit hash of each text."""
    hashes = [xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass")) for text in texts]
    return np.array(hashes, dtype=np.uint64)


class Parts:
    """Rows with a 64-bit key each, in memory-mapped parts that are only ever added.

    Args:
        folder: Made if it is not there; parts that are damaged or unfinished are removed from it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._parts: list[Arrays] = []
        for path in sorted(folder.glob("part-*")):
            arrays = _read(path)
            if arrays is None:
                shutil.rmtree(path, ignore_errors=True)
            else:
                self._parts.append(arrays)
        self._index()

    def __len__(self) -> int:
        return int(self._starts[-1])

    def append(self, arrays: Arrays) -> None:
        """Add a part durably; `keys` is the uint64 array of its rows' keys."""
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".unfinished-") as workspace:
            fresh = Path(workspace) / "part"
            fresh.mkdir()
            for name, array in arrays.items():
                np.save(fresh / f"{name}.npy", array)
            sums = {path.name: _checksum(path) for path in sorted(fresh.glob("*.npy"))}
            (fresh / CHECKSUMS).write_text(json.dumps(sums))
            sync_tree(fresh)
            final = self._free_name()
            os.rename(fresh, final)  # noqa: PTH104 - Path.rename would replace an empty folder just as well
            sync(self.folder)
        read = _read(final)
        if read is not None:
            self._parts.append(read)
            self._index()

    def locate(self, keys: U64) -> I64:
        """Return the row of each key, -1 where there is none."""
        if not len(self._sorted):
            return np.full(len(keys), -1, dtype=np.int64)
        found = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
        return np.where(self._sorted[found] == keys, self._rows[found], -1)

    def split(self, rows: I64) -> list[tuple[Arrays, I64, I64]]:
        """Group rows by part: `(arrays, rows within the part, positions in the argument)`."""
        owners = np.searchsorted(self._starts, rows, side="right") - 1
        groups = []
        for owner in np.unique(owners):
            positions = np.flatnonzero(owners == owner)
            groups.append((self._parts[owner], rows[positions] - self._starts[owner], positions))
        return groups

    def _index(self) -> None:
        keys = [part["keys"] for part in self._parts]
        self._starts: I64 = np.cumsum([0, *map(len, keys)])
        joined: U64 = np.concatenate(keys) if keys else np.empty(0, dtype=np.uint64)
        self._rows: I64 = np.argsort(joined, kind="stable")
        self._sorted: U64 = joined[self._rows]

    def _free_name(self) -> Path:
        taken = [int(path.name[5:]) for path in self.folder.glob("part-*") if path.name[5:].isdecimal()]
        return self.folder / f"part-{max(taken, default=-1) + 1:06d}"


def _read(path: Path) -> Arrays | None:
    try:
        sums = json.loads((path / CHECKSUMS).read_text())
        if any(_checksum(path / name) != expected for name, expected in sums.items()):
            return None
        return {name.removesuffix(".npy"): np.load(path / name, mmap_mode="r") for name in sums}
    except (OSError, ValueError, AttributeError):
        return None


def _checksum(path: Path) -> str:
    digest = xxhash.xxh3_64()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return str(digest.hexdigest())
