"""Exact weights: what a document weighed before it became impacts, for those who rescore.

They lie document after document: to score some documents again, one reads little but them. Sixteen bits keep a weight
to one part in 512 of an impact, 32 keep it as it was given.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lsr_index.arrays import F32, I64, U8, U16
from lsr_index.errors import IndexFormatError, InputError
from lsr_index.manifest import REMEDY, Exact, SegmentEntry
from lsr_index.mapping import MappedFile
from lsr_index.quantize import quantize
from lsr_index.spill import Spill

ENDS_FILE, TERMS_FILE, WEIGHTS_FILE = FILES = ("exact_ends.npy", "exact_terms.npy", "exact_weights.npy")
STEPS = 256  # of sixteen bits in an impact
PART = 1 << 20  # postings that are converted at a time


class ExactWeights:
    """The store of one segment, mapped; what is asked of it must have been checked before, see `check`.

    Args:
        files: The segment's.
        entry: What the manifest says of it.
        scales: float32[V] weight of impact 1 of each term.

    Raises:
        IndexFormatError: if a header is damaged, or sizes do not fit together.
    """

    def __init__(self, files: Mapping[str, MappedFile], entry: SegmentEntry, scales: F32) -> None:
        self._arrays = tuple(files[name].array() for name in FILES)
        self.ends: I64
        self.ends, self.terms, self.weights = (array.values for array in self._arrays)
        """[N] first posting after each document's; [P] term ids, rising in a document; [P] weights, or steps of them:
        weight = steps × scale of the term / STEPS."""
        self.scales = scales
        self.checked: U8 = np.zeros(len(self.ends), dtype=np.uint8)
        """[N] 1 for documents that were found whole."""
        sizes = (len(self.ends), len(self.terms), len(self.weights))
        if sizes != (entry.documents, entry.postings, entry.postings):
            raise IndexFormatError(
                f"{files[WEIGHTS_FILE].path} and its neighbours have the sizes {sizes} "
                f"for {entry.documents} documents with {entry.postings} postings; {REMEDY}"
            )

    @property
    def steps(self) -> int:
        """How many steps an impact has, 0 where weights are kept as they are."""
        return STEPS if self.weights.dtype == np.uint16 else 0

    def check(self, numbers: I64) -> None:
        """Check what is stored of documents, unless that was done before.

        Args:
            numbers: int64[n] document numbers in the segment.

        Raises:
            IndexFormatError: if it is damaged.
        """
        ends, *postings = self._arrays
        for number in numbers.tolist():
            if not self.checked[number]:
                ends.check(max(0, number - 1), number + 1)
                for array in postings:
                    array.check(*self._borders(number))
                self.checked[number] = 1

    def row(self, number: int) -> tuple[NDArray[Any], NDArray[np.float64]]:
        """Return a document's term ids, rising, and their weights.

        Raises:
            IndexFormatError: if they are damaged.
        """
        self.check(np.array([number]))
        some = slice(*self._borders(number))
        return self.terms[some], self._decoded(some)

    def read(self, some: slice) -> F32:
        """Return the weights of a range of postings."""
        return self._decoded(some).astype(np.float32)

    def _borders(self, number: int) -> tuple[int, int]:
        return (int(self.ends[number - 1]) if number else 0), int(self.ends[number])

    def _decoded(self, some: slice) -> NDArray[np.float64]:
        weights: NDArray[np.float64] = self.weights[some].astype(np.float64)
        if self.steps:
            weights *= self.scales[self.terms[some]].astype(np.float64) / STEPS
        return weights


def checked_bits(bits: int | None) -> Exact:
    """Return how exact weights are to be kept.

    Raises:
        InputError: if it is neither 16 nor 32 bits nor None, which keeps none.
    """
    if bits is not None and bits not in (16, 32):
        raise InputError(f"exact is {bits}, choose 16 or 32 bits a weight, or leave it out")
    return bits  # type: ignore[return-value]


def write_exact(folder: Path, spill: Spill, scales: F32, bits: Exact) -> None:
    """Write the store of a segment; none is written for None. A part of the vectors is in memory at a time.

    Args:
        folder: The segment's.
        spill: The vectors.
        scales: float32[V] weight of impact 1 of each term.
        bits: Of a weight.
    """
    if bits is None:
        return
    ends, terms, weights = spill.read()
    parts = [slice(first, first + PART) for first in range(0, len(terms), PART)]
    _save(folder / ENDS_FILE, ends.dtype, len(ends), [ends])
    _save(folder / TERMS_FILE, terms.dtype, len(terms), (terms[part] for part in parts))
    if bits == 32:
        _save(folder / WEIGHTS_FILE, weights.dtype, len(weights), (weights[part] for part in parts))
    else:
        stepped = (to_steps(weights[part], scales[terms[part]]) for part in parts)
        _save(folder / WEIGHTS_FILE, np.dtype(np.uint16), len(weights), stepped)


def to_steps(weights: F32, scales: F32) -> U16:
    """Round weights to steps of 1 / 256 impact, uint16 in 1…65,407.

    A weight stays on its impact's side of the border between two: rounded further to an impact, as a merge does, it is
    what it was rounded to at once.

    Args:
        weights: float32[n] > 0
        scales: float32[n] weight of impact 1 of the term of each.
    """
    impacts = quantize(weights, scales).astype(np.float64)
    steps = np.rint(weights.astype(np.float64) / scales * STEPS)
    lowest = np.where(impacts == 1, 1, impacts * STEPS - (STEPS // 2 - 1))
    found: U16 = np.clip(steps, lowest, impacts * STEPS + (STEPS // 2 - 1)).astype(np.uint16)
    return found


def _save(path: Path, dtype: np.dtype[Any], count: int, parts: Iterable[NDArray[Any]]) -> None:
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (count,)}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for part in parts:
            part.tofile(file)
