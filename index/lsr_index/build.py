"""Turn a spill into the arrays of a segment: quantise, order, lay out in rows."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lsr_index import layout
from lsr_index.postings import BLOCK, BLOCKS, CHUNK, KTH, SLOTS
from lsr_index.spill import Spill

STEP = 1 << 14  # documents that are scattered before the next look around
THREADS = 2


def build_segment(
    spill: Spill, folder: Path, scales: NDArray[np.float32], order: NDArray[np.uint32] | None = None
) -> None:
    """Write the arrays of `Postings` into `folder`; memory stays far below the vectors', files are mapped.

    Args:
        spill: The vectors.
        folder: The segment's folder, which must exist.
        scales: float32[V] weight of impact 1 of each term.
        order: uint32[N] document number at each place of the internal order; None keeps the insertion order.
    """
    ends, terms, weights = spill.read()
    count = spill.documents
    numbers = _interleaved(np.arange(count, dtype=np.uint32) if order is None else order.astype(np.uint32))
    starts = np.concatenate([[0], np.cumsum(spill.frequencies)])
    total = int(starts[-1])
    documents = _new_array(folder / "spill.documents.npy", np.uint32, total)
    impacts = _new_array(folder / "spill.impacts.npy", np.uint8, total)
    cursors = starts[:-1].copy()
    for first in range(0, count, STEP):
        last = min(count, first + STEP)
        layout.scatter(ends, terms, weights, scales, numbers, first, last, cursors, documents, impacts)
    _write_rows(folder, starts, documents, impacts, count)
    np.save(folder / "numbers.npy", numbers)
    np.save(folder / "scales.npy", scales)
    for name in ("documents", "impacts"):
        (folder / f"spill.{name}.npy").unlink()


def _interleaved(order: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Put neighbours into the same block: it has every 16th slot of a superblock. What does not fill one stays."""
    whole = len(order) // SLOTS * SLOTS
    blocks = order[:whole].reshape(-1, BLOCKS, BLOCK)
    return np.concatenate([blocks.transpose(0, 2, 1).ravel(), order[whole:]])


def _write_rows(
    folder: Path, starts: NDArray[np.int64], documents: NDArray[np.uint32], impacts: NDArray[np.uint8], count: int
) -> None:
    size = len(starts) - 1
    chunks = -(-count // CHUNK)
    counts, sizes = np.empty(size * chunks, dtype=np.int64), np.empty(size * chunks, dtype=np.int64)
    forms = np.empty(size * chunks, dtype=np.uint8)
    _by_terms(starts, lambda a, b: layout.plan_rows(starts, documents, count, a, b, counts, sizes, forms))
    row_postings = np.concatenate([[0], np.cumsum(counts)])
    row_grids = np.concatenate([[0], np.cumsum(sizes)])
    grid = _new_array(folder / "grid.npy", np.uint8, int(row_grids[-1]))
    postings = _new_array(folder / "postings.npy", np.uint16, int(row_postings[-1]))
    kth = np.empty((size, len(KTH)), dtype=np.uint8)
    fixed = (starts, documents, impacts, row_postings, row_grids, forms)
    _by_terms(starts, lambda a, b: layout.fill_rows(*fixed, a, b, grid, postings, kth))
    small = {"row_postings": row_postings, "row_grids": row_grids, "row_forms": forms, "kth_impacts": kth}
    for name, array in small.items():
        np.save(folder / f"{name}.npy", array)


def _by_terms(starts: NDArray[np.int64], work: Any) -> None:
    """Share terms out among threads, by postings; every term's output has its own place."""
    cuts = np.searchsorted(starts, np.linspace(0, starts[-1], THREADS + 1)[1:-1])
    borders = [0, *(int(cut) for cut in cuts), len(starts) - 1]
    with ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit(work, a, b) for a, b in pairwise(borders)]:
            future.result()


def _new_array(path: Path, dtype: type, size: int) -> NDArray[Any]:
    # An empty array cannot be mapped; written plainly it has the same form on disk.
    if size == 0:
        np.save(path, np.empty(0, dtype=dtype))
        return np.empty(0, dtype=dtype)
    return np.asarray(np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=(size,)))
