"""`lsr mine`: hard negatives for training, from what a retriever finds."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lsr import console
from lsr.commands import options, scored_lists
from lsr_index.errors import InputError


def run(
    source: Annotated[
        str, typer.Argument(help="Training data: pairs as JSON lines, a BEIR folder, or an ir_datasets id.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file of negatives, JSON lines.")],
    model: Annotated[str, typer.Option("--model", "-m", help="The retriever: bm25, lsr-mini, a folder, a hub id.")] = (
        "bm25"
    ),
    window: Annotated[str, typer.Option(help="Ranks to take them from, positives not counted.")] = "1:100",
    count: Annotated[int, typer.Option(min=1, help="Negatives of a query at most, sampled from the window.")] = 30,
    margin: Annotated[
        float,
        typer.Option(min=0, help="Leave out what scores above this share of the positive's score; 0 leaves none out."),
    ] = 0.95,
    teacher: Annotated[
        str | None,
        typer.Option(help="Whose scores the margin is of: dense:minilm, cross-encoder:FOLDER …"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the samples.")] = 0,
    max_length: options.MaxLength = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Find hard negatives for the queries of training data."""
    from lsr.encoders.base import SparseEncoder
    from lsr.training import mining
    from lsr.training.data import settings as data
    from lsr.training.teachers import settings as teachers

    scored_lists.check(output, overwrite)
    wanted = mining.Mining(_window(window), count, margin or None, seed)
    sources = data.open_sources([data.named(source)])
    judge = teachers.open_teacher(teachers.named(teacher)) if teacher else None
    options_of_model: dict[str, Any] = {} if model == "bm25" else {"max_length": max_length}
    prefixed = len(sources) > 1
    rows = (
        (f"{one.name}/" if prefixed else "", mined.query_id, mined.negatives, mined.scores)
        for one in sources
        for mined in mining.mine(
            one, SparseEncoder.from_pretrained(model, **options_of_model), wanted, console.progress, judge
        )
    )
    queries, negatives = scored_lists.write(output, "negatives", rows)
    if as_json:
        console.out_json({"queries": queries, "negatives": negatives, "file": str(output)})
    else:
        console.note(f"{output}: {negatives:,} negatives for {queries:,} queries")


def _window(text: str) -> tuple[int, int]:
    first, _, last = text.partition(":")
    if not (first.isdigit() and last.isdigit()):
        raise InputError(f"the window is {text!r}; give the first and the last rank, such as 10:100")
    return int(first), int(last)
