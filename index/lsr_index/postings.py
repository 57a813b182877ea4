"""The arrays of one segment, as the kernels see them and as they lie on disk."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

KTH = (10, 100, 1000)  # the k for which each term's k-th largest impact is kept, as first threshold of a search

SLOTS = 256  # documents in a superblock: a slot is one byte
WINDOW = 256  # superblocks in a chunk: within one, a superblock is one byte
CHUNK = SLOTS * WINDOW  # documents in a chunk: a place among the postings of a row fits two bytes
BLOCKS = 16  # blocks in a superblock: block b has the slots b, b + 16, b + 32, …
BLOCK = SLOTS // BLOCKS  # documents in a block

FLAT, DENSE, FULL = 0, 1, 2  # forms of a row, see `Postings`
DENSE_BYTES = BLOCKS + 2  # of each superblock in a dense row: largest impact of each block, first posting
FULL_BYTES = BLOCKS + SLOTS  # likewise in a full row: largest impact of each block, impact of each document


class Postings(NamedTuple):
    """An inverted index with impact maxima of blocks; V terms, P postings, C chunks, N documents.

    Documents stand in *internal order*, chosen so that similar ones are neighbours, and are cut into blocks (16),
    superblocks (256) and chunks (65,536). A *row* is a (term, chunk); row t × C + c holds that term's postings in that
    chunk, by rising place. What tells a posting's superblock, and the maxima that bound it where postings are not
    few, are the row's *grid*, in the form that pays:

    - FLAT, few postings: the impact of every posting, one byte each; what is in `postings` are places in the chunk;
    - DENSE, many postings: for every superblock of the chunk the largest impact of each of its 16 blocks, and its
      first posting (uint16, counted from the row's first; low bytes, then high bytes): three arrays;
    - FULL, where an eighth of the documents and more have the term: the same maxima, then the impact of every
      document, 0 for none. Such a row has nothing in `postings`; adding it up is one vector operation for 8 documents.

    (Block-max index: Ding & Suel, SIGIR 2011; superblocks: Carlson et al., SIGIR 2025.)
    """

    row_postings: NDArray[np.int64]
    """[V × C + 1] first posting of each row."""
    row_grids: NDArray[np.int64]
    """[V × C + 1] first grid byte of each row."""
    row_forms: NDArray[np.uint8]
    """[V × C] FLAT, DENSE or FULL."""
    grid: NDArray[np.uint8]
    """The rows' grids, one after the other."""
    postings: NDArray[np.uint16]
    """[P less those of full rows] place in the chunk in flat rows; in dense ones slot in the superblock + 256 × impact;
    impact = weight / scale of the term, 1…255."""
    kth_impacts: NDArray[np.uint8]
    """[V, 3] the 10th, 100th and 1000th largest impact of each term, 0 where it has fewer postings."""
    numbers: NDArray[np.uint32]
    """[N] document number (insertion order) of each document in internal order."""
    scales: NDArray[np.float32]
    """[V] weight of impact 1 of each term."""

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return -(-len(self.numbers) // CHUNK)

    def place(self, number: int) -> int:
        """Return where a document number stands in the internal order."""
        return int(np.flatnonzero(self.numbers == number)[0])

    def impact(self, term: int, place: int) -> int:
        """Return the stored impact of a term in the document at a place, 0 if it is not there."""
        chunk = place // CHUNK
        documents, impacts = self._row(term * self.chunks + chunk, chunk)
        return int(impacts[documents == place].max(initial=0))

    def frequencies(self) -> NDArray[np.int64]:
        """Return how many documents have each term, int64[V]."""
        counts = np.diff(self.row_postings)
        for row in np.flatnonzero(self.row_forms == FULL):
            counts[row] = len(self._full_row(int(row), 0)[0])
        total: NDArray[np.int64] = counts.reshape(-1, self.chunks).sum(axis=1)
        return total

    def form_counts(self) -> dict[str, int]:
        """Return how many rows that hold anything have each form."""
        used = self.row_forms[np.diff(self.row_grids) > 0]
        return {name: int((used == form).sum()) for form, name in enumerate(("flat", "dense", "full"))}

    def _row(self, row: int, chunk: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        if self.row_forms[row] == FULL:
            return self._full_row(row, chunk)
        packed = self.postings[self.row_postings[row] : self.row_postings[row + 1]]
        grid = self.grid[self.row_grids[row] : self.row_grids[row + 1]]
        if self.row_forms[row] == FLAT:
            return chunk * CHUNK + packed.astype(np.int64), grid
        count = len(grid) // DENSE_BYTES
        low, high = grid[-2 * count : -count].astype(np.int64), grid[-count:].astype(np.int64)
        superblocks = np.repeat(np.arange(count), np.diff(low + 256 * high, append=len(packed)))
        return chunk * CHUNK + superblocks * SLOTS + (packed & 255), (packed >> 8).astype(np.uint8)

    def _full_row(self, row: int, chunk: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        grid = self.grid[self.row_grids[row] : self.row_grids[row + 1]]
        impacts = grid[len(grid) // FULL_BYTES * BLOCKS :]
        inside = np.flatnonzero(impacts)
        return chunk * CHUNK + inside, impacts[inside]
