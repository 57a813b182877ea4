"""`lsr index merge`: fewer, larger segments."""

import time
from pathlib import Path
from typing import Annotated

import typer

from lsr.commands import options


def run(
    path: Annotated[Path, typer.Argument(help="The index.")],
    everything: Annotated[
        bool, typer.Option("--all", help="Make one segment, and drop what deleted documents still take.")
    ] = False,
    discard_pending: options.DiscardPending = False,
    as_json: options.Json = False,
) -> None:
    """Merge segments of an index: where that is due, or all into one.

    Readers go on meanwhile. Deleted documents are dropped, large segments ordered anew.
    """
    started = time.perf_counter()
    with options.open_writer(path, discard_pending) as writer:
        before = len(writer.index.segments)
        writer.merge(everything=everything)
    counts = {"segments_before": before, "segments": len(writer.index.segments)}
    options.report_change(path, writer, counts, time.perf_counter() - started, as_json)
