"""`lsr eval curse`: how quality falls as an index grows around the same queries."""

import shlex
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from lsr import console
from lsr.commands import options
from lsr.encoders.catalog import cache_folder
from lsr_eval import measures as measuring
from lsr_eval import results
from lsr_eval.curse import elements, growth, markdown, systems, writing
from lsr_eval.curse.experiment import experiment
from lsr_eval.curse.pool import Ask
from lsr_eval.curse.projection import Projection
from lsr_eval.curse.report import Distractors
from lsr_eval.curse.run import Settings

MEASURES = "RR@10 nDCG@10"


def run(
    datasets: Annotated[
        list[str],
        typer.Argument(
            help="Datasets with judgements (NAME@SPLIT names a split), and corpora for distractors behind them."
        ),
    ],
    compared: Annotated[
        str,
        typer.Option("--systems", help="With commas: bm25, MODEL, MODEL+if (inference-free), dense:MODEL@DIMENSIONS."),
    ] = "bm25,lsr-mini,dense:minilm",
    sizes: Annotated[
        str | None,
        typer.Option(help="Documents in the index, with commas.", show_default="1000, 3000, 10000, … and all"),
    ] = None,
    dims: Annotated[
        str, typer.Option(help="Dimensions of dense systems that name none: 384,192,96.", show_default="the model's")
    ] = "",
    projection: Annotated[Projection, typer.Option(help="How dense vectors lose dimensions.")] = "truncate",
    equal_bytes: Annotated[
        str, typer.Option(help="Keep dense vectors as these, as large as each sparse index; or none.")
    ] = "float32,float16,int8",
    distractors: Annotated[Distractors, typer.Option(help="Other documents, or random characters.")] = "documents",
    ask: Annotated[Ask, typer.Option(help="Whose queries are asked: the first dataset's, or all.")] = "first",
    queries: Annotated[int | None, typer.Option(min=1, help="Ask at most so many of a dataset, drawn by seed.")] = None,
    repeats: Annotated[int, typer.Option(min=1, max=1000, help="Random orders of the distractors.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    max_length: options.MaxLength = None,
    measures: Annotated[str, typer.Option(help="As ir_measures names them.")] = MEASURES,
    cache: Annotated[
        Path | None,
        typer.Option(help="Folder for vectors, so that nothing is encoded twice.", show_default="the user's"),
    ] = None,
    note: Annotated[str, typer.Option(help="A paragraph for the end of the page.")] = "",
    as_json: options.Json = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Keep tables, figures and plots in this new folder.")
    ] = None,
) -> None:
    """Grow an index around the same queries, and watch what becomes of sparse and dense systems.

    Interrupted, it goes on with the text that it had not yet encoded.
    """
    settings = Settings(
        systems=systems.parse(compared, dims),
        measures=measuring.parse(measures),
        cache=cache or cache_folder() / "vectors",
        repeats=repeats,
        seed=seed,
        projection=projection,
        equal_bytes=elements.parse(equal_bytes),
        max_length=max_length,
    )
    wanted = growth.parse(sizes) if sizes else None
    with ExitStack() as stack:
        folder = stack.enter_context(results.fresh_folder(output)) if output else None
        report = experiment(
            datasets,
            settings,
            sizes=wanted,
            distractors=distractors,
            ask=ask,
            queries=queries,
            command=shlex.join(["lsr", *sys.argv[1:]]),
            note=note,
            bars=console.progress,
            tell=console.note,
        )
        if folder:
            writing.write(folder, report)
    if as_json:
        console.out_json(report.to_dict())
    else:
        console.out("\n\n".join(markdown.tables(report)))
    if output:
        console.note(f"written to {output}")
