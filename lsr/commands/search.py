"""`lsr search`: one query from the arguments, or many from standard input."""

import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from lsr import console
from lsr.commands import options
from lsr.retriever import Hit, Retriever
from lsr_index.errors import InputError
from lsr_index.index import Mode
from lsr_index.statistics import Statistics


def run(
    index: options.IndexPath,
    query: Annotated[
        str | None, typer.Argument(help="The text; without it queries are read from standard input, one a line.")
    ] = None,
    k: Annotated[int, typer.Option("-k", "--size", min=1, help="How many hits.")] = 10,
    model: options.Model = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show what each term contributed.")] = False,
    mode: Annotated[
        Mode, typer.Option(help="safe, approximate as `lsr index tune` found, or exhaustive for the oracle.")
    ] = "safe",
    filter: Annotated[
        str | None, typer.Option(help="Only documents whose fields pass: \"year >= 2020 and lang in ('en', 'de')\".")
    ] = None,
    timeout: Annotated[float | None, typer.Option(help="Milliseconds, after which the best found so far do.")] = None,
    stats: Annotated[bool, typer.Option("--stats", help="Show what each query cost the index, and why.")] = False,
    rescore: Annotated[
        bool, typer.Option("--rescore", help="Find more, and let exact weights decide: of an index made with --exact.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Search an index."""
    if query is None and sys.stdin.isatty():
        raise InputError('no query: lsr search -i INDEX "text", or lines on standard input')
    retriever = Retriever.open(index, model=model)
    total = 0
    for text in [query] if query is not None else (line.rstrip("\r\n") for line in sys.stdin):
        encoded = retriever.encode([text])
        total += 1
        found = retriever.index.search(
            encoded, k, filter=filter, mode=mode, timeout_ms=timeout, rescore=True if rescore else None
        )[0]
        hits = retriever.hits(found, explain=encoded if explain else None)
        if as_json:
            answer = {"query": text, "hits": [_as_dict(hit) for hit in hits]}
            console.out_json({**answer, "statistics": found.statistics.as_dict()} if stats else answer)
            continue
        _print(text, hits, heading=query is None, filtered=filter is not None)
        if stats:
            console.out(_cost(found.statistics))
    if total:
        options.tell_queries_cut(retriever.encoder, total)


def _as_dict(hit: Hit) -> dict[str, Any]:
    fields = asdict(hit)
    if hit.terms is None:
        del fields["terms"]
    return fields


def _print(text: str, hits: list[Hit], *, heading: bool, filtered: bool) -> None:
    if heading:
        console.out(f"\n{text}")
    passing = " and passes the filter" if filtered else ""
    if not hits:
        console.note(f"no document shares a term with {text!r}{passing}")
    for rank, hit in enumerate(hits, 1):
        first = hit.title or " ".join(hit.text.split())
        console.out(f"{rank:>3}  {hit.score:8.4f}  {hit.id}  {_cut(first, 90)}")
        for term in hit.terms or ():
            console.out(f"{term.product:23.4f} = {term.query_weight:.4f} × {term.document_weight:.4f}  {term.term}")


def _cost(cost: Statistics) -> str:
    return (
        f"{cost.traversal} ({cost.why}): superblocks {cost.superblocks_bounded:,} bounded, "
        f"{cost.superblocks_scored:,} scored; blocks {cost.blocks_bounded:,} bounded, {cost.blocks_scored:,} scored; "
        f"postings {cost.postings_few + cost.postings_many:,}"
    )


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
