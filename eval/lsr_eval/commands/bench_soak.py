"""`lsr bench soak`: minutes of searches and writes with a kill in the middle."""

import json
import shlex
import shutil
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from lsr import console
from lsr.commands import options
from lsr.commands.options import human_bytes
from lsr_eval import results
from lsr_eval.commands import comparing

TEXTS = 2000


def run(
    index: Annotated[Path, typer.Argument(help="An index with a model; a copy of it is used.", show_default=False)],
    queries: Annotated[Path, typer.Option(help="Texts of queries: JSON lines or id<TAB>text.", show_default=False)],
    corpus: Annotated[str, typer.Option(help="A corpus whose texts are written, as in `lsr index`.")] = "python-stdlib",
    clients: Annotated[int, typer.Option(min=1, max=1024, help="How many.")] = 16,
    minutes: Annotated[float, typer.Option(min=0.05, help="Of all together.")] = 10.0,
    as_json: options.Json = False,
    output: comparing.Output = None,
) -> None:
    """Search and write for minutes, kill the service half-way, and look whether anything was lost.

    Nine requests of ten are searches. The exit code is 1 if a request failed or an acknowledged write is gone.
    """
    from lsr.corpus.loading import load
    from lsr.corpus.queries import read
    from lsr_eval.serve_bench.soak import soak
    from lsr_index.index import SparseIndex

    SparseIndex.open(index)
    asked = list(read(queries).values())
    texts = [text for text in islice(load(corpus).texts(), TEXTS) if text.strip()]
    with ExitStack() as stack:
        place = stack.enter_context(results.fresh_folder(output)) if output else None
        copy = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lsr-soak-"))) / "index"
        shutil.copytree(index, copy)
        found = soak(copy, asked, texts, clients=clients, seconds=60 * minutes, tell=comparing.tell)
        facts = {"command": shlex.join(["lsr", *sys.argv[1:]]), **asdict(found)}
        if place:
            (place / "soak.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    if as_json:
        console.out_json(facts)
    else:
        _tell(facts)
    if found.failures or found.lost or found.searchable < found.sampled:
        raise typer.Exit(1)


def _tell(facts: dict[str, Any]) -> None:
    console.out(
        f"searches {facts['searches']:,}, writes {facts['writes']:,}, deletions {facts['deletions']:,}; "
        f"cut off by the kill {facts['broken']}, failed {len(facts['failures'])}"
    )
    console.out(
        f"documents as acknowledged {facts['kept']:,}, not {len(facts['lost'])}; "
        f"found by their own text {facts['searchable']} of {facts['sampled']}"
    )
    for number, samples in enumerate(facts["memory"], start=1):
        if samples:
            at = [samples[round(share * (len(samples) - 1))] for share in (0, 0.25, 0.5, 0.75, 1)]
            console.out(f"memory of start {number}, without pages of mapped files: {' → '.join(map(human_bytes, at))}")
    for line in facts["failures"][:5]:
        console.note(line)
