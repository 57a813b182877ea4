"""`lsr bench serve`: the service under load, beside the engine that it stands on."""

import json
import shlex
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from lsr import console
from lsr.commands import options
from lsr_eval import results
from lsr_eval.commands import comparing
from lsr_index.errors import InputError


def run(
    index: Annotated[Path, typer.Argument(help="An index with a model.", show_default=False)],
    queries: Annotated[Path, typer.Option(help="Texts of queries: JSON lines or id<TAB>text.", show_default=False)],
    beside: Annotated[
        Path | None, typer.Option(help="Another index of the same documents, such as BM25's.", show_default=False)
    ] = None,
    clients: Annotated[str, typer.Option(help="How many, with commas.")] = "1,4,16,64",
    seconds: Annotated[float, typer.Option(min=0.1, help="That each load lasts.")] = 5.0,
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="How often each is repeated.")] = 3,
    size: Annotated[int, typer.Option("--size", "-k", min=1, help="Hits a query.")] = 10,
    as_json: options.Json = False,
    output: comparing.Output = None,
) -> None:
    """Measure throughput and latency of the service for some numbers of clients.

    The service is started on a free port of this machine, and ended.
    """
    counts = _counts(clients)
    from lsr.corpus.queries import read
    from lsr_eval.serve_bench.report import Report
    from lsr_eval.serve_bench.run import measure
    from lsr_index.index import SparseIndex

    texts = list(read(queries).values())
    opened = SparseIndex.open(index)
    names = [_model(index, opened.manifest.encoder)]
    if beside is not None:
        names.append(_model(beside, SparseIndex.open(beside).manifest.encoder))
    with ExitStack() as stack:
        place = stack.enter_context(results.fresh_folder(output)) if output else None
        rows = measure(
            index, beside, texts, clients=counts, seconds=seconds, rounds=rounds, size=size, tell=comparing.tell
        )
        report = Report(
            shlex.join(["lsr", *sys.argv[1:]]), names[0], names[1] if beside else None, len(opened), len(texts), size,
            seconds, rounds, rows,
        )  # fmt: skip
        if place:
            (place / "serve.md").write_text(report.markdown() + "\n", encoding="utf-8")
            (place / "serve.json").write_text(json.dumps(report.to_dict(), indent=2) + "\n", encoding="utf-8")
    if as_json:
        console.out_json(report.to_dict())
    else:
        console.out(report.markdown())


def _counts(text: str) -> list[int]:
    try:
        counts = [int(part) for part in text.split(",")]
    except ValueError as error:
        raise typer.BadParameter(f"--clients {text!r}: expected whole numbers with commas, as 1,4,16") from error
    if not all(1 <= count <= 1024 for count in counts):
        raise typer.BadParameter(f"--clients {text!r}: between 1 and 1024 each")
    return counts


def _model(path: Path, record: dict[str, object] | None) -> str:
    if record is None:
        raise InputError(f"{path} was made from vectors and has no model; texts cannot be asked of it")
    return str(record["model"])
