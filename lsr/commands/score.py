"""`lsr score`: a teacher's scores of what training data lists."""

import json
from pathlib import Path
from typing import Annotated

import typer

from lsr import console
from lsr.commands import options
from lsr_index import durable
from lsr_index.errors import InputError


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

    if output.exists() and not overwrite:
        raise InputError(f"{output} exists; choose another name, or add --overwrite")
    sources = data.open_sources([data.named(source, negatives=negatives)])
    judge = teachers.open_teacher(teachers.named(teacher), cache)
    lines, pairs = [], 0
    for one in sources:
        prefix = f"{one.name}/" if len(sources) > 1 else ""
        for scored in scoring.score(one, judge, console.progress):
            record = {
                "query_id": prefix + scored.query_id,
                "documents": [prefix + document for document in scored.documents],
                "scores": [round(score, 6) for score in scored.scores],
            }
            lines.append(json.dumps(record, ensure_ascii=False) + "\n")
            pairs += len(scored.documents)
    output.parent.mkdir(parents=True, exist_ok=True)
    durable.replace(output, "".join(lines).encode())
    if as_json:
        console.out_json({"examples": len(lines), "pairs": pairs, "file": str(output)})
    else:
        console.note(f"{output}: {pairs:,} scores of {judge.name} for {len(lines):,} examples")
