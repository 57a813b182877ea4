"""`lsr delete`: take documents out of an index."""

import sys
import time
from typing import Annotated

import typer

from lsr import console
from lsr.commands import options
from lsr_index.errors import InputError


def run(
    index: options.IndexPath,
    ids: Annotated[
        list[str] | None, typer.Argument(help="Their ids; without any they are read from standard input, one a line.")
    ] = None,
    merge: Annotated[bool, typer.Option(help="Merge segments afterwards where that is due.")] = True,
    discard_pending: options.DiscardPending = False,
    as_json: options.Json = False,
) -> None:
    """Delete documents by id, all at once. Their bytes go when their segment is merged."""
    if not ids and sys.stdin.isatty():
        raise InputError("no ids: lsr delete -i INDEX ID…, or one a line on standard input")
    started = time.perf_counter()
    wanted = ids or [line.rstrip("\r\n") for line in sys.stdin]
    with options.open_writer(index, discard_pending) as writer:
        deleted = writer.delete(wanted)
        writer.commit()
        if merge:
            writer.merge()
    unknown = len(set(wanted)) - deleted
    if unknown and not as_json:
        console.note(f"{unknown} of the ids are not in the index")
    counts = {"deleted": deleted, "unknown": unknown}
    options.report_change(index, writer, counts, time.perf_counter() - started, as_json)
