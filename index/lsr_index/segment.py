"""A segment: arrays that never change, and beside them which of its documents are deleted in a generation."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lsr_index import documents, exact, fields_writer, ids, pages
from lsr_index.arrays import F32, I32, I64, U8, U64
from lsr_index.errors import IndexFormatError
from lsr_index.exact import ExactWeights
from lsr_index.fields import FieldsReader
from lsr_index.kernels import mask
from lsr_index.manifest import REMEDY, SegmentEntry
from lsr_index.mapping import MappedFile, open_files
from lsr_index.postings import Postings

LAZY = frozenset({*pages.PAGED, *exact.FILES, fields_writer.FILE})
"""Files that are checked as they are used: opening stays fast however large they are."""


class StoredSegment:
    """What a segment's folder holds, mapped; shared by all generations that have the segment.

    Args:
        folder: The segment's.
        entry: What the manifest says of it.

    Raises:
        IndexFormatError: if a file is missing, has another size, or what is checked now is damaged.
    """

    def __init__(self, folder: Path, entry: SegmentEntry) -> None:
        self.entry = entry
        try:
            sums = MappedFile(folder / pages.FILE, entry.files[pages.FILE])
            sums.check()
            entries = {name: file for name, file in entry.files.items() if name != entry.deletes}
            sizes = {name: int(file["bytes"]) for name, file in entries.items()}
            files = open_files(folder, entries, pages.split_pages(sums.array().values, sizes), LAZY)
            self.files = files
            self.documents = documents.DocumentReader(files)
            self.fields = FieldsReader(files)
            self._arrays = {name: files[f"{name}.npy"].array() for name in Postings._fields}
            self._lookup = ids.IdLookup(files[ids.HASHES_FILE], files[ids.NUMBERS_FILE], self.documents.id)
            scales = self._arrays["scales"].values
            self.exact = ExactWeights(files, entry, scales) if exact.WEIGHTS_FILE in files else None
            """Exact weights, where the index keeps them."""
        except KeyError as error:
            raise IndexFormatError(f"{folder} has no {error.args[0]}; {REMEDY}") from error
        self.postings = Postings(**{name: array.values for name, array in self._arrays.items()})
        if not len(self.documents) == len(self.postings.numbers) == entry.documents:
            raise IndexFormatError(
                f"{folder} holds {len(self.documents)} ids and {len(self.postings.numbers)} places "
                f"for {entry.documents} documents; {REMEDY}"
            )
        self._verified = np.zeros(len(self.postings.scales), dtype=np.uint8)

    def verify_terms(self, terms: I32) -> None:
        """Check what a search for these terms reads, unless that was done before: a fraction of a microsecond then.

        Args:
            terms: int32[n] below the vocabulary's size.

        Raises:
            IndexFormatError: if it is damaged.
        """
        if not _all_set(self._verified, terms):
            self._verify(terms)

    def verify(self) -> None:
        """Check every byte.

        Raises:
            IndexFormatError: if a file is damaged.
        """
        for file in self.files.values():
            file.check()
        self._verified[:] = 1

    def present(self) -> NDArray[np.bool_]:
        """Tell which terms have postings, bool[V]."""
        borders = self.postings.row_grids[:: max(1, self.postings.chunks)]
        return np.diff(borders) > 0 if self.postings.chunks else np.zeros(len(self.postings.scales), dtype=bool)

    def frequencies(self) -> I64:
        """Return how many documents, deleted ones included, have each term, int64[V]."""
        self.verify_terms(np.arange(len(self._verified), dtype=np.int32))
        return self.postings.frequencies()

    def find(self, some: Sequence[str], hashes: U64) -> I64:
        """Return the document number of each id, deleted or not, and -1 where there is none; see `ids.hashes_of`."""
        return self._lookup.find(some, hashes)

    def _verify(self, terms: I32) -> None:
        chunks = self.postings.chunks
        for term in np.unique(terms).tolist():
            if not self._verified[term]:
                first, last = term * chunks, (term + 1) * chunks
                for name, borders in (("grid", self.postings.row_grids), ("postings", self.postings.row_postings)):
                    self._arrays[name].check(int(borders[first]), int(borders[last]))
                self._verified[term] = 1


class Segment:
    """A segment in one generation.

    Args:
        stored: Its arrays.
        base: How many documents the segments before it have: its first document's number.
        deletes: Tells which of its documents are deleted; None where none is.
    """

    def __init__(self, stored: StoredSegment, entry: SegmentEntry, base: int, deletes: MappedFile | None) -> None:
        self.stored = stored
        self.entry = entry
        self.base = base
        self.postings = stored.postings
        self.documents = stored.documents
        self.fields = stored.fields
        self.deleted: NDArray[np.bool_] | None = None
        """[N] by document number; None where no document is deleted."""
        if deletes is not None:
            deletes.check()
            packed = deletes.array().values
            self.deleted = np.unpackbits(packed, count=len(self), bitorder="little").astype(bool)

    def __len__(self) -> int:
        """How many documents it has, deleted ones included."""
        return self.entry.documents

    @property
    def name(self) -> str:
        """Its folder's name."""
        return self.entry.name

    @property
    def live(self) -> int:
        """How many documents are not deleted."""
        return self.entry.documents - self.entry.deleted

    @property
    def dead(self) -> NDArray[np.bool_]:
        """Which documents are deleted, bool[N] by document number."""
        return np.zeros(len(self), dtype=bool) if self.deleted is None else self.deleted

    @cached_property
    def mask(self) -> mask.Mask:
        """Which documents may be found: those that are not deleted."""
        return mask.EVERYTHING if self.deleted is None else mask.make(~self.deleted, self.postings.numbers)

    @property
    def scales(self) -> F32:
        """Weight of impact 1 of each term, float32[V]."""
        return self.postings.scales

    def verify_terms(self, terms: I32) -> None:
        """Check what a search for these terms reads; see `StoredSegment.verify_terms`."""
        self.stored.verify_terms(terms)

    @property
    def exact(self) -> ExactWeights:
        """The exact weights.

        Raises:
            IndexFormatError: if there are none, though the index says that it keeps them.
        """
        if self.stored.exact is None:
            raise IndexFormatError(f"{self.name} has no {exact.WEIGHTS_FILE}; {REMEDY}")
        return self.stored.exact

    def weights(self, number: int, terms: I32) -> dict[int, float]:
        """Return what the impacts of a document weigh, by term; those of `terms` that it has, int32[n]."""
        self.verify_terms(terms)
        place = self.postings.place(number)
        impacts = {term: self.postings.impact(term, place) for term in terms.tolist()}
        return {term: impact * float(self.scales[term]) for term, impact in impacts.items() if impact}

    def exact_weights(self, number: int) -> dict[int, float]:
        """Return the exact weights of a document, by term."""
        terms, weights = self.exact.row(number)
        return dict(zip(terms.tolist(), weights.tolist(), strict=True))

    def find(self, some: Sequence[str], hashes: U64) -> I64:
        """Return the document number within the segment of each id, -1 where it is not there or deleted; int64[n]."""
        found = self.stored.find(some, hashes)
        if self.deleted is not None:
            there = np.flatnonzero(found >= 0)
            found[there[self.deleted[found[there]]]] = -1
        return found


def open_segment(folder: Path, entry: SegmentEntry, base: int, known: Sequence[Segment] = ()) -> Segment:
    """Open a segment, with the arrays that are mapped already where one of `known` has them.

    Raises:
        IndexFormatError: if it is damaged.
    """
    stored = next((old.stored for old in known if _same_arrays(old.entry, entry)), None)
    deletes = MappedFile(folder / entry.deletes, entry.files[entry.deletes]) if entry.deletes else None
    return Segment(stored or StoredSegment(folder, entry), entry, base, deletes)


def _same_arrays(old: SegmentEntry, new: SegmentEntry) -> bool:
    return old.name == new.name and _arrays_of(old) == _arrays_of(new)


def _arrays_of(entry: SegmentEntry) -> dict[str, object]:
    return {name: file for name, file in entry.files.items() if name != entry.deletes}


@njit(cache=True, nogil=True)
def _all_set(flags: U8, terms: I32) -> bool:
    for term in terms:  # noqa: SIM110 - numba compiles this
        if not flags[term]:
            return False
    return True
