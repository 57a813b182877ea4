"""What benchmarks beside sentence-transformers have in common on the command line."""

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from lsr import console

PRECISIONS = "float32,bfloat16"
PEER = "sentence-transformers"
MODEL = "splade-tiny"  # that both sides load as it is, a bare masked language model

Precision = Annotated[str, typer.Option(help="float32, bfloat16, or both with a comma.")]
Threads = Annotated[int, typer.Option(min=1, max=1024, help="Of each that is compared.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Keep table and figures in this new folder.")]


def precisions(text: str) -> list[str]:
    """Return the precisions that were asked for.

    Raises:
        typer.BadParameter: if one is unknown.
    """
    asked = text.split(",")
    if unknown := set(asked) - set(PRECISIONS.split(",")):
        raise typer.BadParameter(f"--precision {min(unknown)!r} is unknown; choose from {PRECISIONS}")
    return asked


def with_peer() -> list[str]:
    """Return who is compared: lsr, and sentence-transformers where it is installed."""
    if importlib.util.find_spec("sentence_transformers"):
        return ["lsr", PEER]
    console.note(f"{PEER} is not installed; measuring lsr alone")
    return ["lsr"]


def tell(line: str) -> None:
    """Say at a terminal what is going on."""
    if console.shows_progress():
        console.note(line)
