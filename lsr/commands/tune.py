"""`lsr index tune`: find and keep the cheapest approximate setting."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lsr import console, query_files
from lsr.commands import options
from lsr_index import tuning


def run(
    path: Annotated[Path, typer.Argument(help="The index.")],
    queries: Annotated[
        Path | None,
        typer.Option(
            help="Texts (.txt, .tsv with ids first, .jsonl), tokens (.pisa) or vectors.", show_default="documents"
        ),
    ] = None,
    tokens: Annotated[
        bool, typer.Option("--tokens", help="Lines of --queries are tokens, as `lsr encode --queries` writes them.")
    ] = False,
    recall: Annotated[float, typer.Option(help="Recall against safe search that must hold.")] = 0.99,
    k: Annotated[int, typer.Option("-k", "--size", min=1, help="The depth of that recall.")] = 10,
    as_json: options.Json = False,
) -> None:
    """Measure approximate settings on sample queries, and keep the fastest that holds for --mode approximate."""
    with options.open_writer(path, False) as writer:
        index = writer.index
        rows = tuning.sample_queries(index) if queries is None else query_files.read(queries, index, tokens=tokens)
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
