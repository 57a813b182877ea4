"""`lsr score`: a teacher's scores of what training data lists."""

from pathlib import Path
from typing import Annotated

import typer

from lsr import console
from lsr.commands import options, scored_lists


def run(
    source: Annotated[
        str, typer.Argument(help="Training data: pairs as JSON lines, a BEIR folder, or an ir_datasets id.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file of scores, JSON lines.")],
    teacher: Annotated[
        str, typer.Option(help="bm25, dense:minilm, sparse:splade-tiny, cross-encoder:FOLDER, file:SCORES.")
    ],
    negatives: Annotated[Path | None, typer.Option(help="Score these too: what `lsr mine` wrote.")] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Where vectors and scores are kept, so that an interrupted run goes on.")
    ] = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Score the documents of training data with a teacher; what is known already is not computed again."""
    from lsr.training import scoring
    from lsr.training.data import settings as data
    from lsr.training.teachers import settings as teachers

    scored_lists.check(output, overwrite)
    sources = data.open_sources([data.named(source, negatives=negatives)])
    judge = teachers.open_teacher(teachers.named(teacher), cache)
    prefixed = len(sources) > 1
    rows = (
        (f"{one.name}/" if prefixed else "", scored.query_id, scored.documents, scored.scores)
        for one in sources
        for scored in scoring.score(one, judge, console.progress)
    )
    examples, pairs = scored_lists.write(output, "documents", rows)
    if as_json:
        console.out_json({"examples": examples, "pairs": pairs, "file": str(output)})
    else:
        console.note(f"{output}: {pairs:,} scores of {judge.name} for {examples:,} examples")
