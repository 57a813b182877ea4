"""The vectors that engines are measured on: seeded synthetic ones, or those of files; and their order."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile

import numpy as np
from scipy.sparse import csr_array

from lsr_eval.synthetic import Collection, Style
from lsr_index import vectors
from lsr_index.errors import InputError

Order = Literal["none", "bp"]
LARGEST_TERM = 10_000_000
BYTE_WEIGHT = 3.5 / 255
"""What one step of a weight that is stored in a byte stands for."""


@dataclass
class Inputs:
    """Documents in the order that every engine gets, and queries."""

    documents: csr_array
    queries: csr_array
    name: str
    """What they are, for the report."""


def synthetic(count: int, query_count: int, style: Style, seed: int) -> Inputs:
    """Draw documents and queries of the project's own generator."""
    collection = Collection.seeded(seed)
    name = f"{count:,} synthetic documents (seed {seed}), {query_count} queries ({style})"
    return Inputs(collection.documents(count), collection.queries(query_count, style), name)


def from_files(documents: Path, queries: Path, count: int | None, query_count: int) -> Inputs:
    """Read Parquet vectors, or .npz files with the arrays indptr, indices and values (uint8: 255 stands for 3.5).

    Args:
        documents: Their file.
        queries: Their file, of the same vocabulary.
        count: Take the first so many documents; None takes all.
        query_count: Take the first so many queries.

    Raises:
        InputError: if a file is unusable, or the two are of different vocabularies.
    """
    rows, terms = _read(documents)
    asked, asked_terms = _read(queries)
    if terms is not None and asked_terms is not None and terms != asked_terms:
        raise InputError(f"{queries} has another vocabulary than {documents}; encode both with the same model")
    rows, asked = rows[: count or rows.shape[0]], asked[:query_count]
    if not rows.shape[0] or not asked.shape[0]:
        raise InputError(f"{documents if asked.shape[0] else queries} holds no vectors")
    width = max(rows.shape[1], asked.shape[1])
    rows.resize(rows.shape[0], width)
    asked.resize(asked.shape[0], width)
    name = f"{documents.parent.name}/{documents.name}: {rows.shape[0]:,} documents, {asked.shape[0]} queries"
    return Inputs(rows, asked, name)


def reorder(inputs: Inputs, order: Order, progress: Callable[[int], None] | None = None) -> float:
    """Put similar documents beside each other, for all engines alike, and return the seconds that it took."""
    if order == "none":
        return 0.0
    from lsr_index.order import bisection

    started = time.perf_counter()
    places = bisection(inputs.documents, progress=progress)
    seconds = time.perf_counter() - started
    inputs.documents = inputs.documents[places]
    return seconds


def save(folder: Path, rows: csr_array) -> None:
    """Write a matrix for other processes, as three arrays that are read as fast as the disk gives them."""
    folder.mkdir()
    for name in ("indptr", "indices", "data"):
        np.save(folder / f"{name}.npy", getattr(rows, name))
    np.save(folder / "shape.npy", np.array(rows.shape))


def load(folder: Path) -> csr_array:
    """Read what `save` wrote."""
    data, indices, indptr = (np.load(folder / f"{name}.npy") for name in ("data", "indices", "indptr"))
    return csr_array((data, indices, indptr), shape=tuple(np.load(folder / "shape.npy").tolist()))


def _read(path: Path) -> tuple[csr_array, Any]:
    if path.suffix == ".npz":
        return _read_npz(path), None
    if path.suffix != ".parquet":
        raise InputError(f"{path} is neither .parquet nor .npz")
    from lsr_index.exchange import parquet

    found = parquet.read(path)
    return found.vectors, found.vocabulary


def _read_npz(path: Path) -> csr_array:
    if not path.is_file():
        raise InputError(f"{path} does not exist")
    try:
        with np.load(path) as arrays:
            indptr, indices, values = (arrays[name] for name in ("indptr", "indices", "values"))
    except KeyError as error:
        raise InputError(f"{path} lacks an array: {error.args[0]}; vectors need indptr, indices and values") from error
    except (ValueError, OSError, TypeError, BadZipFile) as error:
        raise InputError(f"{path} is not an .npz file of arrays: {str(error).splitlines()[0]}") from error
    # Scipy believes these; code that it runs natively would read beyond the arrays.
    whole = indptr.dtype.kind in "iu" and indices.dtype.kind in "iu" and indptr.ndim == indices.ndim == values.ndim == 1
    ends = indptr.astype(np.int64) if whole else np.empty(0)
    if not len(ends) or ends[0] or (np.diff(ends) < 0).any() or not ends[-1] == len(indices) == len(values):
        raise InputError(f"{path} holds no vectors: indptr, indices and values do not fit each other")
    weights = values.astype(np.float32)
    if values.dtype == np.uint8:
        weights *= np.float32(BYTE_WEIGHT)
    low, high = int(indices.min(initial=0)), int(indices.max(initial=0))
    if low < 0 or high >= LARGEST_TERM:
        raise InputError(f"{path} has the index {low if low < 0 else high}, terms are 0 to {LARGEST_TERM - 1}")
    rows = csr_array((weights, indices.astype(np.int32), ends), shape=(len(ends) - 1, high + 1))
    return vectors.checked(rows, high + 1, str(path))
