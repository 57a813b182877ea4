"""`lsr bench engine`: our engine and others side by side on the same vectors."""

import shlex
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from lsr import console
from lsr.commands import options
from lsr_eval import results
from lsr_eval.engine_bench import inputs
from lsr_eval.peers import registry
from lsr_eval.synthetic import Style
from lsr_index.errors import InputError

DOCUMENTS = 100_000
MANY = 500_000_000


def run(
    docs: Annotated[
        int | None,
        typer.Option(min=1, max=MANY, help="Documents.", show_default=f"{DOCUMENTS} synthetic ones, or all of a file"),
    ] = None,
    vectors: Annotated[
        Path | None, typer.Option(help="Documents of a file: Parquet, CIFF, or .npz with indptr, indices and values.")
    ] = None,
    queries: Annotated[
        Path | None, typer.Option(help="With --vectors: queries, also as repeated terms (.tsv, .pisa).")
    ] = None,
    k: Annotated[str, typer.Option("-k", "--k", help="Hits a query, with commas.")] = "10,1000",
    engines: Annotated[
        str, typer.Option(help="With commas; ratios are to the first. Also: lsr-modes, lsr-exact16, bmp-b8 …")
    ] = registry.ALL,
    style: Annotated[Style, typer.Option(help="Synthetic queries: about 31 terms, or about 5.")] = "splade",
    query_count: Annotated[int, typer.Option(min=1, max=100_000, help="Queries.")] = 300,
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="How often each query is timed.")] = 3,
    order: Annotated[
        inputs.Order, typer.Option(help="Of the documents, for all engines: bp puts similar ones beside each other.")
    ] = "none",
    pairs: Annotated[
        bool, typer.Option("--pairs", help="Each engine alternates with the first alone: no more than two in memory.")
    ] = False,
    costs: Annotated[
        bool, typer.Option(help="Also measure a streamed build, new processes and threads, of engines that offer it.")
    ] = True,
    filter_shares: Annotated[
        str, typer.Option(help="Also search lsr with filters that pass these shares: 0.5,0.1,0.01,0.001.")
    ] = "",
    seed: Annotated[int, typer.Option(min=0, help="Of synthetic vectors.")] = 7,
    as_json: options.Json = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Keep table, figures and plot in this new folder.")
    ] = None,
) -> None:
    """Measure engines side by side: build, size, memory, latency and recall on the same vectors."""
    if (vectors is None) != (queries is None):
        raise typer.BadParameter("--vectors and --queries come together: documents and queries of one model")
    ks, shares = _numbers(k), _shares(filter_shares)
    chosen, skipped = registry.split(registry.expand(engines))
    for name, reason in skipped.items():
        console.note(f"{name}: skipped, {reason}")
    if not chosen:
        raise InputError("none of these engines is installed: pip install 'lsr[bench]'")
    from lsr_eval.engine_bench import costs as around
    from lsr_eval.engine_bench import filtered
    from lsr_eval.engine_bench import report as reports
    from lsr_eval.engine_bench.run import measure

    with ExitStack() as stack:
        folder = stack.enter_context(results.fresh_folder(output)) if output else None
        _tell("getting the vectors")
        if vectors is not None and queries is not None:
            data = inputs.from_files(vectors, queries, docs, query_count)
        else:
            data = inputs.synthetic(docs or DOCUMENTS, query_count, style, seed)
        with console.progress("ordering", data.documents.shape[0]) as progress:
            order_seconds = inputs.reorder(data, order, progress)
        rows = measure(data, chosen, ks, rounds=rounds, pairs=pairs, tell=_tell)
        others = around.measure(data, chosen, ks, rounds, _tell) if costs else []
        found, failure = filtered.measure(data, shares, ks, rounds, _tell) if shares else ([], None)
        report = reports.Report(
            command=shlex.join(["lsr", *sys.argv[1:]]),
            vectors=data.name,
            documents=data.documents.shape[0],
            postings=data.documents.nnz,
            queries=data.queries.shape[0],
            rounds=rounds,
            pairs=pairs,
            order=order,
            order_seconds=order_seconds,
            reference=chosen[0],
            rows=rows,
            skipped=skipped,
            costs=others,
            filtered=found,
            filters_failed=failure,
        )
        if folder is not None and not reports.write(folder, report):
            console.note("no plot: it needs matplotlib (pip install 'lsr[bench]')")
    if as_json:
        console.out_json(report.to_dict())
    else:
        tables = [report.table(), report.costs_table() if others else [], report.filtered_table() if found else []]
        console.out("\n\n".join("\n".join(lines) for lines in tables if lines))
    for line in report.failures():
        console.note(line)
    if output:
        console.note(f"written to {output}")


def _numbers(text: str) -> list[int]:
    try:
        ks = sorted({int(part) for part in text.split(",")})
    except ValueError:
        raise typer.BadParameter(f"-k {text!r} is no list of numbers such as 10,1000") from None
    if ks[0] < 1:
        raise typer.BadParameter(f"-k {ks[0]}: it must be at least 1")
    return ks


def _shares(text: str) -> list[float]:
    try:
        shares = [float(part) for part in text.split(",")] if text else []
    except ValueError:
        raise typer.BadParameter(f"--filter-shares {text!r} is no list of numbers such as 0.5,0.1") from None
    for share in shares:
        if not 0 < share <= 1:
            raise typer.BadParameter(f"--filter-shares {share}: a share is above 0 and at most 1")
    return shares


def _tell(line: str) -> None:
    if console.shows_progress():
        console.note(line)
