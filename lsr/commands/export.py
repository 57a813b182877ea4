"""`lsr export`: write an index's vectors in a format that others read."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from lsr import console
from lsr.commands import options
from lsr_index.export import Format, export
from lsr_index.index import SparseIndex


def run(
    index: Annotated[Path, typer.Argument(help="The index.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="A file: .ciff, .parquet or .jsonl; .ciff.gz and .jsonl.gz too.")
    ],
    kind: Annotated[
        Format | None,
        typer.Option("--format", help="What to write.", show_default="what the file's name says"),
    ] = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Write an index's vectors as CIFF, Parquet or Anserini's JSON lines.

    CIFF and JSON get the 8-bit impacts, Parquet the weights and the vocabulary. Only JSON has the texts.
    """
    exported = export(SparseIndex.open(index), output, kind, overwrite=overwrite, bars=console.progress)
    size = output.stat().st_size
    if as_json:
        console.out_json({"file": str(output), **dataclasses.asdict(exported), "bytes": size})
        return
    console.out(f"{output}: {exported.documents} documents, {exported.postings} postings, {options.human_bytes(size)}")
    if not exported.exact:
        console.note(
            f"impacts were rounded: 1 weighs {exported.scale:.4g} for all terms here; .parquet keeps the weights"
        )
