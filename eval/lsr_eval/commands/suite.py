"""`lsr eval suite`: datasets × systems as one report."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from lsr import console
from lsr.commands import options
from lsr_eval.suite import outcome, settings, writing
from lsr_eval.suite.markdown import table
from lsr_eval.suite.tables import all_tables

WORK = "work"


def run(
    suite: Annotated[Path, typer.Argument(help="A YAML file of datasets and systems.")],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Folder of the report; what was measured there is not measured again."),
    ],
    work: Annotated[
        Path | None,
        typer.Option(help="Folder of cells, indexes and vectors.", show_default="work, in the report's folder"),
    ] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="A setting in the suite's place: a.b=value.")
    ] = None,
    published: Annotated[bool, typer.Option("--published", help="Published numbers beside ours, marked so.")] = False,
    as_json: options.Json = False,
) -> None:
    """Measure every system of a suite on every dataset, compare them, and write one report.

    Writes report.md, report.html, report.json and pictures. Stopped at any time, the same command goes on.
    """
    wanted = settings.read(suite, [*(overrides or []), *(["published=true"] if published else [])])
    measured = outcome.measure(wanted, work or output / WORK, console.note)
    files = writing.write(measured, output, _command())
    if as_json:
        console.out_json(writing.as_dict(measured))
    else:
        console.out("\n\n".join(table(one) for one in all_tables(measured)))
    console.note(f"written: {', '.join(map(str, files))}")


def _command() -> str:
    return shlex.join(["lsr", *sys.argv[1:]])
