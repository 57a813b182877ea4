"""From an id to a document number, without holding ids in memory: sorted hashes, confirmed by the stored ids."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import xxhash

from lsr_index.arrays import I64, U64
from lsr_index.mapping import MappedFile

HASHES_FILE, NUMBERS_FILE = "id_hashes.npy", "id_numbers.npy"


def hashes_of(ids: Sequence[str]) -> U64:
    """Return the XXH3 of each id's UTF-8, uint64[n]."""
    # Halves of surrogate pairs are passed on: no stored id has any, so such an id is simply not found.
    sums = (xxhash.xxh3_64_intdigest(document_id.encode("utf-8", "surrogatepass")) for document_id in ids)
    return np.fromiter(sums, np.uint64, len(ids))


def write_lookup(folder: Path, hashes: U64) -> None:
    """Write the hashes in rising order, and the document number of each.

    Args:
        folder: The segment's.
        hashes: uint64[N] by document number.
    """
    order = np.argsort(hashes, kind="stable")
    np.save(folder / HASHES_FILE, hashes[order])
    np.save(folder / NUMBERS_FILE, order.astype(np.uint32))


class IdLookup:
    """Find documents of one segment by id.

    Args:
        hashes: `id_hashes.npy`.
        numbers: `id_numbers.npy`.
        id_of: Tells the id of a document number.
    """

    def __init__(self, hashes: MappedFile, numbers: MappedFile, id_of: Callable[[int], str]) -> None:
        self._files = hashes, numbers
        self._hashes, self._numbers = hashes.array().values, numbers.array().values
        self._id_of = id_of

    def find(self, ids: Sequence[str], hashes: U64) -> I64:
        """Return the document number of each id, -1 where the segment has none; int64[n].

        Args:
            ids: The ids.
            hashes: What `hashes_of` gives for them.

        Raises:
            IndexFormatError: if what must be read is damaged.
        """
        for file in self._files:
            file.check()
        found = np.full(len(ids), -1, dtype=np.int64)
        places = np.searchsorted(self._hashes, hashes)
        ends = np.searchsorted(self._hashes, hashes, side="right")
        for position in np.flatnonzero(ends > places).tolist():
            for place in range(int(places[position]), int(ends[position])):
                number = int(self._numbers[place])
                if self._id_of(number) == ids[position]:
                    found[position] = number
                    break
        return found
