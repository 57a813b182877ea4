"""`lsr eval`: quality and cost of a model, an index or a finished run on a dataset with judgements."""

import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from lsr import console
from lsr.commands import options
from lsr.retriever import Retriever
from lsr_eval import measures as measuring
from lsr_eval import query_vectors, results, runs
from lsr_eval.conventions import conventional
from lsr_eval.datasets import Dataset, load
from lsr_eval.effectiveness import Settings, evaluate_retriever, evaluate_run
from lsr_eval.report import Report
from lsr_eval.runs import Run
from lsr_index.index import Mode


def run(
    dataset: Annotated[
        str,
        typer.Argument(
            help="A BEIR folder, an ir_datasets id such as beir/scifact/test, python-stdlib, or a suite's .yaml file."
        ),
    ],
    model: options.Model = None,
    inference_free: options.InferenceFree = False,
    index: Annotated[
        Path | None, typer.Option("--index", "-i", help="Search this index of the corpus, with its own model.")
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(
            "--query-vectors",
            help="With --index: encoded queries: .parquet, id<TAB>term … or id:term …",
        ),
    ] = None,
    run_file: Annotated[Path | None, typer.Option("--run", help="Only measure this TREC run.")] = None,
    split: Annotated[
        str | None, typer.Option(help="Which judgements.", show_default="test, dev, validation or train")
    ] = None,
    measures: Annotated[
        str | None,
        typer.Option(
            help="As ir_measures names them.", show_default="the dataset's: nDCG@10 RR@10 R@100, or MS MARCO's own"
        ),
    ] = None,
    k: Annotated[
        int | None, typer.Option("-k", "--size", min=1, help="Hits a query.", show_default="1000, or the cutoffs'")
    ] = None,
    max_length: options.MaxLength = None,
    windows: options.Windows = False,
    stride: options.Stride = None,
    corpus_idf: options.CorpusIdf = None,
    query_tf: options.QueryTf = None,
    exclude_self: Annotated[
        bool | None,
        typer.Option(
            "--exclude-self/--no-exclude-self", help="Drop hits with the query's own id.", show_default="on for ArguAna"
        ),
    ] = None,
    mode: Annotated[Mode, typer.Option(help="safe, approximate as tuned, or exhaustive for the oracle.")] = "safe",
    beside: Annotated[
        bool, typer.Option("--published", help="Show what others published of this dataset, with the sources.")
    ] = False,
    as_json: options.Json = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Keep index, run and figures in this new folder.")
    ] = None,
) -> None:
    """Measure retrieval quality on a dataset with relevance judgements.

    Name what to measure with one of --model, --index and --run. --model encodes and indexes the corpus first.
    """
    _check_sources(model, index, run_file, vectors, mode)
    reading = options.reading(
        max_length=max_length, windows=windows, stride=stride, corpus_idf=corpus_idf, query_tf=query_tf
    )
    _check_model_options(model, inference_free, reading)
    usual = conventional(dataset, split) if measures is None else measures
    settings = Settings(measuring.parse(usual), k, exclude_self, mode)
    retriever: Retriever | None = None
    with ExitStack() as stack:
        folder = stack.enter_context(results.fresh_folder(output)) if output else None
        data = load(dataset, split)
        _tell(data, settings, chosen=split is None)
        if run_file is not None:
            report, found = evaluate_run(data, runs.read(run_file), settings, str(run_file))
            _tell_strange(data, found)
        elif index is not None:
            retriever = Retriever.open(index)
            ready = query_vectors.read(vectors, data, retriever.index) if vectors else None
            with console.progress("searching", len(data.queries)) as progress:
                report, found = evaluate_retriever(data, retriever, settings, vectors=ready, progress=progress)
        else:
            place = (folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lsr-")))) / "index"
            retriever, speed = _build(data, str(model), inference_free, reading, place, will_be_written=bool(folder))
            with console.progress("searching", len(data.queries)) as progress:
                report, found = evaluate_retriever(
                    data, retriever, settings, documents_per_second=speed, progress=progress
                )
        if folder:
            given = {
                "dataset": dataset, "model": model, "inference_free": inference_free, "index": index,
                "query_vectors": vectors, "run": run_file, "max_length": max_length, "windows": windows,
                "stride": stride, "corpus_idf": corpus_idf, "query_tf": query_tf, "json": as_json, "output": output,
            }  # fmt: skip
            results.write(folder, report, found, _configuration(given, report, settings))
    _show(report, beside, as_json)
    if retriever is not None and vectors is None:
        options.tell_queries_cut(retriever.encoder, len(data.queries))
    if output:
        console.note(f"written to {output}")


def _check_sources(
    model: str | None, index: Path | None, run_file: Path | None, vectors: Path | None, mode: Mode
) -> None:
    named = [name for name, value in (("--model", model), ("--index", index), ("--run", run_file)) if value is not None]
    if len(named) != 1:
        found = " and ".join(named) if named else "none of them"
        raise typer.BadParameter(f"name what to measure with exactly one of --model, --index and --run; found {found}")
    if run_file is not None and mode != "safe":
        raise typer.BadParameter("--mode is for what searches; a run is only measured")
    if vectors is not None and index is None:
        raise typer.BadParameter("--query-vectors needs --index: the vectors are searched in an existing index")


def _check_model_options(model: str | None, inference_free: bool, reading: dict[str, int | float | str | None]) -> None:
    given = ["--inference-free"] if inference_free else []
    names = (
        ("--max-length", "max_length"),
        ("--windows", "long"),
        ("--corpus-idf", "corpus_idf"),
        ("--query-tf", "query_tf"),
    )
    given += [name for name, key in names if reading[key] is not None]
    if model is None and given:
        raise typer.BadParameter(f"{given[0]} needs --model")
    if model == "bm25" and inference_free:
        raise typer.BadParameter("--inference-free changes the query side of a neural model; bm25 has none")


def _tell(data: Dataset, settings: Settings, *, chosen: bool) -> None:
    if chosen:
        console.note(f"split {data.split}: {len(data.qrels)} judged queries")
    if data.missing_texts:
        console.note(f"{data.missing_texts} judged queries have no text in {data.name}: they count zero")
    if data.dropped_answers:
        console.note(
            f"this Python lacks {data.dropped_answers} of the judged answers, {data.dropped_queries} questions dropped"
        )
    if settings.exclude_self is None and settings.drops_self(data):
        console.note("hits with the query's own id are dropped, as usual for ArguAna (--no-exclude-self keeps them)")
    cutoff = measuring.largest_cutoff(settings.measures)
    if settings.k is not None and settings.k < cutoff:
        console.note(f"-k {settings.k} is less than the cutoff {cutoff} of a measure, which will come out too low")


def _tell_strange(data: Dataset, found: Run) -> None:
    hits = [hit for query in data.qrels for hit in found.get(query, ())]
    if hits and not any(hit in answers for query, answers in data.qrels.items() for hit in found.get(query, ())):
        answer = next(answer for answers in data.qrels.values() for answer in answers)
        console.note(
            f"none of the documents found was ever judged: the run has ids like {hits[0]!r}, "
            f"the judgements like {answer!r}"
        )


def _show(report: Report, beside: bool, as_json: bool) -> None:
    from lsr_eval.published import published

    rows = published(report.dataset, " ".join(report.measures), split=report.split) if beside else []
    if as_json:
        others = {"published": [asdict(row) for row in rows]} if beside else {}
        console.out_json({**report.to_dict(), **others})
        return
    console.out(report.table())
    for row in rows:
        console.out(f"published  {row.measure}  {row.value:.4f}  {row.system}  [{row.source}]")
    if beside and not rows:
        console.note(f"no published figures of {report.dataset} ({report.split}) are known for these measures")


def _build(
    data: Dataset,
    model: str,
    inference_free: bool,
    reading: dict[str, int | float | str | None],
    place: Path,
    *,
    will_be_written: bool,
) -> tuple[Retriever, float]:
    from lsr.encoders.base import SparseEncoder
    from lsr.indexing import build_index

    total = data.corpus.check()  # every line is good before hours of encoding begin
    if will_be_written:
        for query_id in data.queries:
            runs.check_id(query_id, "query id")
        for document in data.corpus:
            runs.check_id(document.id, "document id")
    encoder = SparseEncoder.from_pretrained(model, inference_free=inference_free, **reading)
    with console.progress(f"encoding with {model}", total) as progress:
        started = time.perf_counter()
        index = build_index(data.corpus, encoder, place, progress=progress, bars=console.progress)
        speed = total / (time.perf_counter() - started)
    options.tell_cut(encoder, total)
    return Retriever(index, encoder), speed


def _configuration(given: dict[str, Any], report: Report, settings: Settings) -> dict[str, Any]:
    options_given = {key: str(value) if isinstance(value, Path) else value for key, value in given.items()}
    return {
        **options_given,
        "split": report.split,
        "measures": list(report.measures),
        "k": report.k,
        "exclude_self": report.exclude_self,
        "mode": settings.mode,
        "versions": results.versions(),
    }
