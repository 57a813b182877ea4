"""Write an index's vectors in a format that others read."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from lsr_index.contents import Part, common_scale, parts
from lsr_index.errors import IndexExistsError, InputError
from lsr_index.exchange import json_vectors, parquet
from lsr_index.exchange.atomic import complete, create
from lsr_index.exchange.ciff.writer import writing as writing_ciff
from lsr_index.index import SparseIndex
from lsr_index.progress import Bars, silent
from lsr_index.vectors import row_terms

Format = Literal["ciff", "parquet", "jsonl"]
Write: TypeAlias = Callable[[Part], None]
SUFFIXES: Mapping[str, Format] = {
    ".ciff": "ciff", ".ciff.gz": "ciff", ".parquet": "parquet", ".jsonl": "jsonl", ".jsonl.gz": "jsonl",
}  # fmt: skip


@dataclass(frozen=True)
class Exported:
    """What was written."""

    format: Format
    documents: int
    postings: int
    scale: float | None
    """Weight of impact 1, where impacts were written."""
    exact: bool
    """Whether what was written is what the index stores; if not, impacts were rounded to one scale for all terms."""


def format_of(path: Path) -> Format:
    """Return the format that a file's name asks for.

    Raises:
        InputError: if it has none of the suffixes.
    """
    for suffix, kind in SUFFIXES.items():
        if path.name.endswith(suffix):
            return kind
    raise InputError(f"{path}: the name says no format; end it in {', '.join(SUFFIXES)}, or name one with --format")


def export(
    index: SparseIndex, path: Path, kind: Format | None = None, *, overwrite: bool = False, bars: Bars = silent
) -> Exported:
    """Write all documents of an index in insertion order; the file appears when it is complete.

    CIFF and JSON vectors get the 8-bit impacts as whole numbers, on one scale for all terms: they are the index's own
    where it was built from whole numbers up to 255. Parquet gets the weights, and the vocabulary.

    Args:
        index: An open index.
        path: The file; gzipped if its name ends in .gz.
        kind: The format; by default what the name's suffix says.
        overwrite: Replace a file that stands there.
        bars: Shows progress.

    Raises:
        InputError: if the format is not clear, or cannot hold what the index holds.
        IndexExistsError: if something stands at `path`.
    """
    kind = kind or format_of(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file")
    if path.exists() and not overwrite:
        raise IndexExistsError(f"{path} exists; choose another name or ask to overwrite it")
    scale, exact = common_scale(index)
    documents = postings = 0
    with _writing(kind, index, path, scale, bars) as write, bars("exporting", len(index)) as progress:
        for part in parts(index):
            write(part)
            documents += len(part.numbers)
            postings += part.impacts.nnz
            progress(len(part.numbers))
    if kind == "parquet":
        return Exported(kind, documents, postings, None, exact=True)
    return Exported(kind, documents, postings, float(scale), exact)


def _writing(
    kind: Format, index: SparseIndex, path: Path, scale: np.float32, bars: Bars
) -> AbstractContextManager[Write]:
    if kind == "parquet":
        return _parquet(index, path)
    return _json(index, path, scale) if kind == "jsonl" else _ciff(index, path, scale, bars)


@contextmanager
def _ciff(index: SparseIndex, path: Path, scale: np.float32, bars: Bars) -> Iterator[Write]:
    description = f"written by lsr; impacts of 8 bits, 1 weighs {float(scale):.9g}"
    with writing_ciff(path, index.vocabulary, description=description, bars=bars) as writer:
        yield lambda part: writer.add(part.ids, part.rescaled(scale))


@contextmanager
def _parquet(index: SparseIndex, path: Path) -> Iterator[Write]:
    with parquet.VectorWriter(path, index.vocabulary, index.manifest.encoder) as writer:
        yield lambda part: writer.add(part.ids, part.weights)


@contextmanager
def _json(index: SparseIndex, path: Path, scale: np.float32) -> Iterator[Write]:
    terms = index.vocabulary.terms
    with complete(path) as unfinished, create(unfinished, zipped=path.suffix == ".gz") as file:

        def write(part: Part) -> None:
            rows, documents = part.rescaled(scale), part.documents
            for number, document in enumerate(documents):
                found, impacts = row_terms(rows, number)
                weights = zip([terms[term] for term in found], impacts.tolist(), strict=True)
                line = json_vectors.line(document.id, weights, document.contents, 1)
                file.write(line.encode("utf-8", "replace"))

        yield write
