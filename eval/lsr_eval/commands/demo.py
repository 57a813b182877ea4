"""`lsr demo`: the main job on the embedded corpus, offline."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from lsr import console
from lsr.commands import options
from lsr_eval import measures as measuring
from lsr_eval.datasets import Dataset, load
from lsr_eval.demo.building import Built, build
from lsr_eval.effectiveness import Settings, evaluate_retriever
from lsr_eval.latency import Latency, QueryTimer
from lsr_eval.python_stdlib import NAME
from lsr_eval.report import Report
from lsr_index.errors import InputError

MODELS = ("bm25", options.DEFAULT_MODEL)
MEASURES = "nDCG@10 RR@10 R@100"
# Four that learned weights answer better and one that BM25 does.
EXAMPLES = ("q026", "q077", "q059", "q146", "q046")


def run(
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the indexes are kept.")] = Path("demo"),
    as_json: options.Json = False,
) -> None:
    """Index and search Python's own documentation, with BM25 and the model that comes with lsr side by side.

    The corpus is gathered from the running interpreter; nothing is downloaded. A second run uses the first's indexes.
    """
    data = load(NAME)
    documents = list(data.corpus)
    console.note(f"{NAME}: {len(documents)} documents gathered from this interpreter, {len(data.queries)} questions")
    if output.exists() and not output.is_dir():
        raise InputError(f"{output} is a file; name a folder with -o")
    output.mkdir(parents=True, exist_ok=True)
    systems = []
    for name in MODELS:
        built = build(name, documents, output)
        console.note(f"{name}: {'using the index in' if built.reused else 'indexed into'} {built.retriever.index.path}")
        systems.append((built, *_measure(built, data)))
    if as_json:
        console.out_json({built.name: _figures(built, report, asked) for built, report, asked in systems})
        return
    _show_examples([built for built, *_ in systems], data)
    _show_table(systems)
    _show_next(output)


def _measure(built: Built, data: Dataset) -> tuple[Report, Latency]:
    settings = Settings(measuring.parse(MEASURES), k=100)
    report, _ = evaluate_retriever(data, built.retriever, settings, documents_per_second=built.documents_per_second)
    timer = QueryTimer()
    for text in data.queries.values():
        timer.time(lambda text=text: built.retriever.search(text, 10))  # type: ignore[misc]
    asked = timer.latency()
    assert asked is not None  # a dataset has queries
    return report, asked


def _show_examples(systems: list[Built], data: Dataset) -> None:
    console.out(
        "Examples: the query's heaviest terms, and what they found (✓ an accepted answer); "
        "four that learned weights answer better and one that BM25 does"
    )
    for query_id in EXAMPLES:
        text = data.queries.get(query_id)
        if text is None:  # this interpreter lacks its answers
            continue
        console.out(f"\n“{text}”")
        for built in systems:
            retriever = built.retriever
            terms = retriever.encoder.decode(retriever.encode([text]), top_k=8)
            console.out(f"  {built.name}: {', '.join(f'{term} {weight:.2f}' for term, weight in terms)}")
            for hit in retriever.search(text, 3, explain=True):
                mark = "✓" if hit.id in data.qrels[query_id] else " "
                best = ", ".join(f"{term.term} {term.product:.2f}" for term in (hit.terms or [])[:4])
                console.out(f"  {mark} {hit.score:7.2f}  {hit.id:<36}  {best}")


def _show_table(systems: list[tuple[Built, Report, Latency]]) -> None:
    rows = [("", [built.name for built, *_ in systems])]
    rows += [(name, [f"{report.measures[name]:.3f}" for _, report, _ in systems]) for name in MEASURES.split()]
    rows.append(("question to hits, mean ms", [f"{asked.mean_ms:.2f}" for *_, asked in systems]))
    rows.append(
        ("question to hits, p50 / p99 ms", [f"{asked.p50_ms:.2f} / {asked.p99_ms:.2f}" for *_, asked in systems])
    )
    searches = [report.latency for _, report, _ in systems]
    rows.append(("index alone, p50 / p99 ms", [f"{x.p50_ms:.2f} / {x.p99_ms:.2f}" if x else "" for x in searches]))
    rows.append(("index size", [options.human_bytes(built.retriever.index.bytes) for built, *_ in systems]))
    rows.append(("indexing, documents/s", [f"{built.documents_per_second:.0f}" for built, *_ in systems]))
    console.out("")
    for label, values in rows:
        console.out(f"{label:<32}" + "".join(f"{value:>18}" for value in values))


def _show_next(folder: Path) -> None:
    index = folder / options.DEFAULT_MODEL
    console.out("\nNext:")
    console.out(f'  lsr search -i {index} "your question" --explain')
    console.out(f"  lsr serve {index}")
    console.out('  lsr index your-corpus.jsonl -o your-index && lsr search -i your-index "…"')
    console.out(f"  lsr eval {NAME} --model {options.DEFAULT_MODEL}")


def _figures(built: Built, report: Report, asked: Latency) -> dict[str, Any]:
    return {**report.to_dict(), "question_to_hits": asdict(asked), "reused": built.reused}
