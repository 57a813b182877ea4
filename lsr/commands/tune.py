"""`lsr index tune`: find and keep the cheapest approximate setting."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from scipy.sparse import csr_array

from lsr import console
from lsr.commands import options
from lsr.retriever import Retriever
from lsr_index import tuning, vectors
from lsr_index.errors import InputError
from lsr_index.exchange import parquet
from lsr_index.exchange.sources import open_vectors
from lsr_index.index import SparseIndex


def run(
    path: Annotated[Path, typer.Argument(help="The index.")],
    queries: Annotated[
        Path | None,
        typer.Option(help="Texts (.txt, or .tsv with ids first), or a file of vectors.", show_default="documents"),
    ] = None,
    recall: Annotated[float, typer.Option(help="Recall against safe search that must hold.")] = 0.99,
    k: Annotated[int, typer.Option("-k", "--size", min=1, help="The depth of that recall.")] = 10,
    as_json: options.Json = False,
) -> None:
    """Measure approximate settings on sample queries, and keep the fastest that holds for --mode approximate."""
    with options.open_writer(path, False) as writer:
        index = writer.index
        rows = tuning.sample_queries(index) if queries is None else _read(queries, index)
        found = tuning.tune(index, rows, k, recall)
        tuning.store(writer, found)
    source = "the index's own documents" if queries is None else str(queries)
    if as_json:
        console.out_json({"index": str(path), "sample": source, "safe": found.safe, **asdict(found)})
        return
    if found.safe:
        console.out(f"{path}: nothing beats safe search by 5 % at recall@{k} {recall}; approximate stays safe")
    else:
        console.out(
            f"{path}: overestimate {found.overestimate}, superblocks {found.superblocks or 'all'}, "
            f"share {found.share}: recall@{k} {found.recall:.4f} (at least {found.recall_lower:.4f} with "
            f"95 % confidence), "
            f"{found.ms:.3f} ms a query, safe {found.ms_safe:.3f} ms"
        )
    console.out(f"measured on {found.queries} queries from {source}")


def _read(path: Path, index: SparseIndex) -> csr_array:
    if not path.exists():
        raise InputError(f"{path} does not exist")
    if path.suffix in (".tsv", ".txt"):
        lines = path.read_text(encoding="utf-8").splitlines()
        return Retriever(index).encode([line.rpartition("\t")[2] for line in lines if line.strip()])
    own = parquet.vocabulary(path) if path.suffix == ".parquet" else None
    if own is not None:
        index.check_vocabulary(own, str(path))
    rows = [rows for _, rows, _ in open_vectors(path, index.vocabulary).batches()]
    return vectors.concatenate(rows, index.manifest.vocabulary_size)
