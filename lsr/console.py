"""How the CLI speaks: data on standard output; progress and notes on standard error, silent away from a terminal."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from lsr_index.progress import Progress as Advance

_shown: list[Any] = []
"""The bars on the terminal, which has room for one set: what starts while one runs joins it."""


def out(text: str) -> None:
    """Write a line of data."""
    sys.stdout.write(text + "\n")


def out_json(value: Any) -> None:
    """Write a value as one line of JSON."""
    out(json.dumps(value, ensure_ascii=False))


def note(text: str) -> None:
    """Tell the person at the terminal something that is not data."""
    sys.stderr.write(text + "\n")


def shows_progress() -> bool:
    """Tell whether progress is wanted: at a terminal, or wherever LSR_PROGRESS=1 (`--progress`) is set."""
    return os.environ.get("LSR_PROGRESS") == "1" or sys.stderr.isatty()


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Advance]:
    """Show a bar while the block runs; the block calls the given function with the number of items just done."""
    if not shows_progress():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    ]
    with ExitStack() as stack:
        if not _shown:
            _shown.append(stack.enter_context(Progress(*columns, console=Console(stderr=True))))
            stack.callback(_shown.clear)
        bars = _shown[0]
        task = bars.add_task(label, total=total)
        yield lambda done: bars.advance(task, done)
