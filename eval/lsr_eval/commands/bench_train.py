"""`lsr bench train`: our training steps beside sentence-transformers' on the same model and pairs."""

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
    pairs: Annotated[str, typer.Argument(help="Training data: pairs as JSON lines, a BEIR folder, an ir_datasets id.")],
    model: options.Model = None,
    batch_size: Annotated[int, typer.Option(min=2, help="Pairs in a batch.")] = 16,
    steps: Annotated[int, typer.Option(min=1, help="Steps of a round.")] = 4,
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="Rounds.")] = 3,
    max_length: Annotated[int, typer.Option(min=3, help="Tokens of a text that are read.")] = 128,
    precision: comparing.Precision = comparing.PRECISIONS,
    threads: comparing.Threads = 2,
    as_json: options.Json = False,
    output: comparing.Output = None,
) -> None:
    """Measure steps a second and memory of our training and of sentence-transformers'."""
    precisions = comparing.precisions(precision)
    from lsr.encoders import finding, formats
    from lsr.encoders.base import batched
    from lsr.training.data import settings as data
    from lsr_eval.side_by_side import Setting
    from lsr_eval.train_bench.report import Report
    from lsr_eval.train_bench.run import measure

    name = model or comparing.MODEL
    trainers = comparing.with_peer()
    sources = data.open_sources([data.named(pairs)])
    texts = [
        (source.queries[example.query_id], source.documents[example.positive])
        for source in sources
        for example in source.examples[: batch_size * steps]
    ]
    batches = list(batched(texts, batch_size))[:steps]
    if len(batches) < steps or len(batches[-1]) < batch_size:
        raise InputError(f"{pairs} has {len(texts)} pairs; {steps} steps of {batch_size} need {steps * batch_size}")
    folder = formats.language_model(finding.find(name))
    with ExitStack() as stack:
        place = stack.enter_context(results.fresh_folder(output)) if output else None
        rows = [
            row
            for kind in precisions
            for row in measure(
                batches, trainers, Setting(folder, max_length, kind, threads), rounds=rounds, tell=comparing.tell
            )
        ]
        report = Report(
            shlex.join(["lsr", *sys.argv[1:]]),
            name,
            Path(pairs).name,
            batch_size,
            steps,
            max_length,
            threads,
            rounds,
            rows,
        )
        if place:
            (place / "train.md").write_text(report.markdown() + "\n", encoding="utf-8")
            (place / "train.json").write_text(json.dumps(report.to_dict(), indent=2) + "\n", encoding="utf-8")
    if as_json:
        console.out_json(report.to_dict())
    else:
        console.out(report.markdown())
