"""`lsr bench encode`: our encoder beside sentence-transformers' on the same model and documents."""

import json
import shlex
import sys
from contextlib import ExitStack
from itertools import islice
from typing import Annotated

import typer

from lsr import console
from lsr.commands import options
from lsr_eval import results
from lsr_eval.commands import comparing


def run(
    corpus: Annotated[str, typer.Argument(help="A corpus as in `lsr index`.")] = "python-stdlib",
    model: options.Model = None,
    limit: Annotated[int, typer.Option(min=1, help="Documents.")] = 500,
    max_length: Annotated[int, typer.Option(min=3, help="Tokens of a document that are read.")] = 128,
    precision: comparing.Precision = comparing.PRECISIONS,
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="How often all documents are encoded.")] = 5,
    threads: comparing.Threads = 2,
    as_json: options.Json = False,
    output: comparing.Output = None,
) -> None:
    """Measure documents a second and memory of our encoder and of sentence-transformers'."""
    precisions = comparing.precisions(precision)
    name = model or comparing.MODEL
    if name == "bm25":
        raise typer.BadParameter("bm25 is no network; lsr bench long-run measures it")
    from lsr.corpus.loading import load
    from lsr.encoders import finding
    from lsr_eval.encode_bench.report import Report, mean_tokens
    from lsr_eval.encode_bench.run import measure
    from lsr_eval.side_by_side import Setting

    encoders = comparing.with_peer()
    folder = finding.find(name)
    source = load(corpus)
    source.check()
    texts = list(islice(source.texts(), limit))
    with ExitStack() as stack:
        place = stack.enter_context(results.fresh_folder(output)) if output else None
        rows = [
            row
            for kind in precisions
            for row in measure(
                texts, encoders, Setting(folder, max_length, kind, threads), rounds=rounds, tell=comparing.tell
            )
        ]
        report = Report(
            shlex.join(["lsr", *sys.argv[1:]]), name, corpus, len(texts), mean_tokens(folder, texts, max_length),
            max_length, threads, rounds, rows,
        )  # fmt: skip
        if place:
            (place / "encode.md").write_text(report.markdown() + "\n", encoding="utf-8")
            (place / "encode.json").write_text(json.dumps(report.to_dict(), indent=2) + "\n", encoding="utf-8")
    if as_json:
        console.out_json(report.to_dict())
    else:
        console.out(report.markdown())
