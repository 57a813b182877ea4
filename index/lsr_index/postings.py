"""The arrays of one segment, as the kernels see them and as they lie on disk."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

KTH = (10, 100, 1000)  # the k for which each term's k-th largest impact is kept, as first threshold of a search


class Postings(NamedTuple):
    """A block-wise inverted index; P postings, E = (term, block) pairs with at least one posting, V terms.

    Documents are numbered in insertion order and cut into blocks of `block_size` consecutive ones. The postings of a
    term stand together, ordered by document; those of one block form an *entry*, which carries their maximum.
    Invariants: `block_ids` rises within a term; `slots` rises within an entry; every entry has a posting.
    (Block-max index: Ding & Suel, SIGIR 2011; blocks visited by falling bound: Mallia et al., SIGIR 2024.)
    """

    term_entries: NDArray[np.int64]
    """[V + 1] first entry of each term."""
    block_ids: NDArray[np.uint32]
    """[E] block number of each entry."""
    block_maxima: NDArray[np.uint8]
    """[E] largest impact in each entry."""
    entry_postings: NDArray[np.uint32]
    """[E + 1] first posting of each entry."""
    slots: NDArray[np.uint8]
    """[P] document number minus first number of its block."""
    impacts: NDArray[np.uint8]
    """[P] weight / scale, 1…255."""
    kth_impacts: NDArray[np.uint8]
    """[V, 3] the 10th, 100th and 1000th largest impact of each term, 0 where it has fewer postings."""

    def impact(self, term: int, document: int, block_size: int) -> int:
        """Return the stored impact of a term in a document, 0 if it is not there."""
        first, last = int(self.term_entries[term]), int(self.term_entries[term + 1])
        block, slot = divmod(document, block_size)
        entry = first + int(np.searchsorted(self.block_ids[first:last], block))
        if entry == last or self.block_ids[entry] != block:
            return 0
        start, stop = int(self.entry_postings[entry]), int(self.entry_postings[entry + 1])
        position = start + int(np.searchsorted(self.slots[start:stop], slot))
        return int(self.impacts[position]) if position < stop and self.slots[position] == slot else 0


def load(folder: Path) -> Postings:
    """Map the arrays of a segment read-only."""
    return Postings(*(_load_array(folder / f"{name}.npy") for name in Postings._fields))


def _load_array(path: Path) -> np.ndarray:
    # An array without elements cannot be mapped. The plain-ndarray view keeps numba's fast dispatch.
    header = np.load(path, mmap_mode=None) if path.stat().st_size <= 128 else np.load(path, mmap_mode="r")
    array = np.asarray(header)
    array.flags.writeable = False
    return array
