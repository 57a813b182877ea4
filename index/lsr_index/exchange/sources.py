"""Vectors of any format that lsr reads, by the look of their file's name."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from scipy.sparse import csr_array

from lsr_index import vectors
from lsr_index.documents import Document
from lsr_index.errors import InputError
from lsr_index.exchange import json_vectors, npz, parquet
from lsr_index.exchange.ciff import reader as ciff
from lsr_index.progress import Bars, silent
from lsr_index.vocabulary import Vocabulary

BATCH = 4096
Batch: TypeAlias = tuple[list[str], csr_array, list[Document] | None]
"""Ids, vectors and, where the format has them, documents."""


@dataclass(frozen=True)
class VectorSource:
    """The vectors of a file, to be read once."""

    vocabulary: Vocabulary
    batches: Callable[[], Iterator[Batch]]
    """Starts to read."""
    count: int | None = None
    """How many there are, where that is known beforehand."""
    named: bool = True
    """Whether the terms have names; else they are "0", "1", …"""
    encoder: dict[str, Any] | None = None
    """What the file says of the model that made them."""
    description: str = ""
    """What the file says of itself."""


def open_vectors(
    path: Path, vocabulary: Vocabulary | None = None, *, folder: Path | None = None, bars: Bars = silent
) -> VectorSource:
    """Open Parquet vectors, CIFF, an archive of NumPy arrays, or Anserini's JSON vectors.

    Args:
        path: `.parquet`, `.ciff`, `.ciff.gz` or `.npz`; anything else is a file or folder of JSON lines.
        vocabulary: The terms of the columns. It must have all columns of files without terms; of files with terms,
            others are left out. By default the file's own terms, or the columns' numbers.
        folder: Where arrays may lie meanwhile, five bytes a posting; by default among temporary files.
        bars: Shows progress of what must be read before the first vector.

    Raises:
        InputError: if the file is unusable, or has terms and none of them is in `vocabulary`.
    """
    if path.suffix == ".parquet":
        return _parquet(path, vocabulary)
    if path.name.endswith((".ciff", ".ciff.gz")):
        return _ciff(path, vocabulary, folder, bars)
    if path.suffix == ".npz":
        return _npz(path, vocabulary, folder)
    return _json(path, vocabulary, bars)


def _parquet(path: Path, vocabulary: Vocabulary | None) -> VectorSource:
    own = parquet.vocabulary(path)
    named = vocabulary or own
    terms = named or _numbered(parquet.width(path))
    return VectorSource(
        vocabulary=terms,
        batches=lambda: ((ids, rows, None) for ids, rows in parquet.batches(path, len(terms))),
        count=parquet.count(path),
        named=named is not None,
        encoder=parquet.encoder_record(path),
    )


def _ciff(path: Path, vocabulary: Vocabulary | None, folder: Path | None, bars: Bars) -> VectorSource:
    found = ciff.read(path, folder=folder, bars=bars)
    if vocabulary is not None and found.terms and not any(term in vocabulary for term in found.terms):
        raise InputError(f"no term of {path} is in the vocabulary; they are of another model")
    return VectorSource(
        vocabulary=vocabulary or Vocabulary(found.terms),
        batches=lambda: ((ids, rows, None) for ids, rows in found.batches(vocabulary)),
        count=len(found.ids),
        description=found.header.description,
    )


def _npz(path: Path, vocabulary: Vocabulary | None, folder: Path | None) -> VectorSource:
    found = npz.read(path, folder=folder)
    if vocabulary is not None and found.size > len(vocabulary):
        raise InputError(f"{path} has {found.size} columns, the vocabulary has {len(vocabulary)} terms")
    terms = vocabulary or _numbered(found.size)
    return VectorSource(
        vocabulary=terms,
        batches=lambda: ((ids, rows, None) for ids, rows in found.batches(len(terms))),
        count=len(found),
        named=vocabulary is not None,
    )


def _json(path: Path, vocabulary: Vocabulary | None, bars: Bars) -> VectorSource:
    if not path.exists():
        raise InputError(f"{path} does not exist")
    count = None
    if vocabulary is None:
        with bars(f"reading terms of {path.name}", None) as progress:
            vocabulary, count = json_vectors.survey(path, progress)
    terms = vocabulary

    def batches() -> Iterator[Batch]:
        documents = json_vectors.read(path)
        weighed = known = False
        while some := list(itertools.islice(documents, BATCH)):
            rows = vectors.from_terms([document.vector for document in some], terms)
            weighed = weighed or any(any(document.vector.values()) for document in some)
            known = known or rows.nnz > 0
            stored = [Document(document.id, document.contents) for document in some]
            yield [document.id for document in some], rows, stored
        if weighed and not known:
            raise InputError(f"no term of {path} is in the vocabulary; they are of another model")

    return VectorSource(terms, batches, count)


def _numbered(count: int) -> Vocabulary:
    return Vocabulary(str(number) for number in range(count))
