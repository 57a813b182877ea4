"""The vectors that engines are measured on: seeded synthetic ones, or those of files; and their order."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from lsr_eval.synthetic import Collection, Style
from lsr_index import vectors
from lsr_index.errors import InputError
from lsr_index.exchange import npz, token_queries
from lsr_index.exchange.sources import open_vectors
from lsr_index.vocabulary import Vocabulary

Order = Literal["none", "bp"]
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
    """Read documents and queries.

    Args:
        documents: Parquet, CIFF, or .npz with the arrays indptr, indices and values (uint8: 255 stands for 3.5).
        queries: The same, of the same vocabulary; or repeated terms, where the documents' terms have names.
        count: Take the first so many documents; None takes all.
        query_count: Take the first so many queries.

    Raises:
        InputError: if a file is unusable, or the two are of different vocabularies.
    """
    rows, terms = _read(documents)
    asked, asked_terms = _read_tokens(queries, documents, terms) if _has_tokens(queries) else _read(queries)
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


def width(folder: Path) -> int:
    """Return the number of columns of what `save` wrote."""
    return int(np.load(folder / "shape.npy")[1])


def stream(folder: Path, size: int) -> Iterator[csr_array]:
    """Read what `save` wrote, `size` rows at a time."""
    ends, columns = np.load(folder / "indptr.npy"), width(folder)
    for start in range(0, len(ends) - 1, size):
        own = ends[start : start + size + 1]
        # Mapped anew each time: pages of a map that stays would count as memory of this process.
        data, indices = (
            np.load(folder / f"{name}.npy", mmap_mode="r")[own[0] : own[-1]].copy() for name in ("data", "indices")
        )
        yield csr_array((data, indices, own - own[0]), shape=(len(own) - 1, columns))


def _read(path: Path) -> tuple[csr_array, Vocabulary | None]:
    if path.suffix == ".npz":
        found = npz.read(path)
        rows = vectors.concatenate([rows for _, rows in found.batches()], found.size)
        if found.weights.dtype == np.uint8:
            rows.data *= np.float32(BYTE_WEIGHT)
        return rows, None
    if path.suffix != ".parquet" and not path.name.endswith((".ciff", ".ciff.gz")):
        raise InputError(f"{path} is neither .parquet, .ciff nor .npz")
    source = open_vectors(path)
    rows = vectors.concatenate([rows for _, rows, _ in source.batches()], len(source.vocabulary))
    return rows, source.vocabulary if source.named else None


def _has_tokens(path: Path) -> bool:
    return path.suffix in (".tsv", ".pisa", ".txt")


def _read_tokens(path: Path, documents: Path, terms: Vocabulary | None) -> tuple[csr_array, Vocabulary]:
    if terms is None:
        raise InputError(f"{path} names terms, {documents} does not; give both as vectors, or documents with terms")
    rows = vectors.from_terms(token_queries.read(path).values(), terms)
    if not rows.nnz:
        raise InputError(f"no term of {path} is in {documents}; they are of different models")
    return rows, terms
