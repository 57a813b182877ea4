"""`lsr eval tradeoff`: what sparser vectors, exact weights and approximate search cost and save."""

import shlex
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from ir_measures import Measure

from lsr import console
from lsr.commands import options
from lsr.encoders.base import SparseEncoder
from lsr.encoders.finding import canonical, find, fingerprint
from lsr.retriever import Retriever
from lsr_eval import content, query_vectors
from lsr_eval import measures as measuring
from lsr_eval.conventions import conventional
from lsr_eval.datasets import Dataset, load
from lsr_eval.effectiveness import QueryVectors, Settings
from lsr_eval.tradeoff import choosing, settings, source, sweep, writing
from lsr_eval.tradeoff import report as reports
from lsr_eval.tradeoff.points import Point
from lsr_index.errors import IndexExistsError, InputError
from lsr_index.index import SparseIndex


def run(
    dataset: Annotated[str, typer.Argument(help="A BEIR folder, an ir_datasets id, or python-stdlib.")],
    model: options.Model = None,
    inference_free: options.InferenceFree = False,
    index: Annotated[
        Path | None, typer.Option("--index", "-i", help="Cut the vectors of this index of the corpus.")
    ] = None,
    vectors: Annotated[
        Path | None, typer.Option("--query-vectors", help="With --index: encoded queries, as `lsr eval` takes them.")
    ] = None,
    top_k: Annotated[str, typer.Option(help="Heaviest terms of a document that stay.")] = "50,100,200,all",
    threshold: Annotated[str, typer.Option(help="Share of a document's heaviest weight that others must reach.")] = "0",
    exact: Annotated[
        str, typer.Option(help="Bits of exact weights to rescore with (none, 16, 32); none is without rescoring.")
    ] = "none",
    query_top_k: Annotated[str, typer.Option(help="Heaviest terms of a query that stay.")] = "all",
    overestimate: Annotated[
        str, typer.Option(help="Approximate: bounds must reach so many thresholds.")
    ] = "1,1.25,1.5",
    superblocks: Annotated[str, typer.Option(help="Approximate: superblocks scored at most, of each chunk.")] = "all",
    share: Annotated[str, typer.Option(help="Approximate: share of the query's weight that bounds heed.")] = "1",
    split: Annotated[
        str | None, typer.Option(help="Which judgements.", show_default="test, dev, validation or train")
    ] = None,
    measures: Annotated[
        str | None,
        typer.Option(help="The first is the quality of fronts.", show_default="the dataset's own that -k reaches"),
    ] = None,
    k: Annotated[int, typer.Option("-k", "--size", min=1, help="Hits a query, for quality and time alike.")] = 10,
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="How often each query is timed.")] = 3,
    max_length: options.MaxLength = None,
    windows: options.Windows = False,
    stride: options.Stride = None,
    corpus_idf: options.CorpusIdf = None,
    query_tf: options.QueryTf = None,
    choose: Annotated[
        str | None,
        typer.Option(help="A setting's name, or the fastest with nDCG@10>=0.64, or >=99% of whole vectors'."),
    ] = None,
    write: Annotated[
        Path | None, typer.Option(help="With --choose: tune this index so, or make it where there is none.")
    ] = None,
    as_json: options.Json = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Keep the sweep in this folder; one that was killed goes on.")
    ] = None,
) -> None:
    """Sweep sparsity, exact weights and approximate search, and show which settings are worth their cost.

    The corpus is encoded once; every setting is cut from those vectors. All combinations of the lists are measured.
    """
    _check_use(model, index, inference_free, vectors, choose, write)
    reading = options.reading(
        max_length=max_length, windows=windows, stride=stride, corpus_idf=corpus_idf, query_tf=query_tf
    )
    if index is not None and any(value is not None for value in reading.values()):
        raise typer.BadParameter("how texts are read is for --model; --index has its vectors already")
    asked = settings.grid(
        top_k=_values(top_k, "--top-k", int, "all"),
        threshold=_values(threshold, "--threshold", float),
        exact=_values(exact, "--exact", int, "none"),
        query_top_k=_values(query_top_k, "--query-top-k", int, "all"),
        overestimate=_values(overestimate, "--overestimate", float),
        superblocks=_values(superblocks, "--superblocks", int, "all"),
        share=_values(share, "--share", float),
    )
    data = load(dataset, split)
    wanted = _measures(measures, data, k)
    names = tuple(str(measure) for measure in wanted)
    choice = choosing.parse(choose, asked, names) if choose else None
    with ExitStack() as stack:
        folder = output or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lsr-"))) / "sweep"
        if index is not None:
            retriever = _opened(data, index, folder)
        else:
            retriever = _encoded(data, str(model), inference_free, reading, folder)
        _check_exact(retriever.index, asked)
        asked_queries = query_vectors.read(vectors, data, retriever.index) if vectors else _queries(data, retriever)
        drops_self = Settings(wanted).drops_self(data)
        task = sweep.Task(data, retriever.index, asked_queries, wanted, k, rounds, drops_self)
        known = len(asked) - len(sweep.unmeasured(task, asked, folder))
        console.note(f"{len(asked)} settings" + (f", {known} of them measured before" if known else ""))
        points = tuple(sweep.sweep(task, asked, folder, console.progress))
        command = shlex.join(["lsr", *sys.argv[1:]])
        found = reports.Report(command, data.name, data.split, _name(retriever, model), names, k, rounds, points)
        _show(found, output, as_json)
        if choice is not None:
            chosen = choice.pick(points)
            console.note(f"chosen: {chosen.name}")
            if write is not None:
                safely = next(point for point in points if point.setting == chosen.setting.safely)
                _write(write, chosen, safely, retriever.index, k)


def _check_use(
    model: str | None, index: Path | None, inference_free: bool, vectors: Path | None, choose: str | None,
    write: Path | None,
) -> None:  # fmt: skip
    if (model is None) == (index is None):
        raise typer.BadParameter("name what to sweep with one of --model and --index")
    if vectors is not None and index is None:
        raise typer.BadParameter("--query-vectors needs --index: the vectors are searched in an existing index")
    if inference_free and model in (None, "bm25"):
        raise typer.BadParameter("--inference-free changes the query side of a neural model; name one with --model")
    if write is not None and choose is None:
        raise typer.BadParameter("--write needs --choose: which point is to be written")
    if (
        write is not None
        and not writing.is_index(write)
        and write.exists()
        and (write.is_file() or any(write.iterdir()))
    ):
        raise IndexExistsError(f"{write} exists and is not an index; choose another path")


def _values(text: str, option: str, kind: Callable[[str], Any], default: str | None = None) -> list[Any]:
    try:
        found = [None if part.strip() == default else kind(part) for part in text.split(",")]
    except ValueError:
        words = f", {default} among them" if default else ""
        raise typer.BadParameter(f"{option} {text!r} is no list of numbers with commas{words}") from None
    return list(dict.fromkeys(found))


def _measures(names: str | None, data: Dataset, k: int) -> list[Measure]:
    found = measuring.parse(names or conventional(data.name, data.split))
    deep = [measure for measure in found if measuring.largest_cutoff([measure]) > k]
    if names is None and len(deep) < len(found):
        return [measure for measure in found if measure not in deep]
    if deep:
        raise InputError(f"{deep[0]} looks deeper than the {k} hits of a search; raise -k, or measure less deep")
    return found


def _opened(data: Dataset, path: Path, folder: Path) -> Retriever:
    retriever = Retriever.open(path)
    source.claim(folder, {"dataset": data.name, "split": data.split, "index": str(path)})
    return retriever


def _encoded(data: Dataset, model: str, inference_free: bool, reading: dict[str, Any], folder: Path) -> Retriever:
    total = data.corpus.check()  # every line is good before hours of encoding begin
    revision = model if canonical(model) == "bm25" else fingerprint(find(canonical(model)))
    facts = {"model": model, "revision": revision, "inference_free": inference_free, "settings": reading}
    source.claim(
        folder, {"dataset": data.name, "split": data.split, "corpus": content.corpus_key(data.corpus), **facts}
    )
    place = folder / source.INDEX
    if writing.is_index(place):
        return Retriever.open(place)
    encoder = SparseEncoder.from_pretrained(model, inference_free=inference_free, **reading)
    found = Retriever(source.encoded(data, encoder, folder, total, console.progress), encoder)
    options.tell_cut(encoder, total)
    return found


def _check_exact(index: SparseIndex, asked: Sequence[settings.Setting]) -> None:
    finest = max((one.exact or 0 for one in asked), default=0)
    if finest > (index.manifest.exact or 0):
        kept = f"weights of {index.manifest.exact} bits" if index.manifest.exact else "8-bit impacts only"
        raise InputError(f"{index.path} keeps {kept}, --exact asks for {finest}; sweep the model, or index anew")


def _queries(data: Dataset, retriever: Retriever) -> QueryVectors:
    encoder = retriever.encoder
    return QueryVectors(list(data.queries), retriever.encode(list(data.queries.values())), encoder.name)


def _name(retriever: Retriever, model: str | None) -> str:
    record = retriever.index.manifest.encoder
    return model or (str(record["model"]) if record else str(retriever.index.path))


def _show(found: reports.Report, output: Path | None, as_json: bool) -> None:
    if output and not reports.write(output, found):
        console.note("no plots: they need matplotlib (pip install 'lsr[eval]')")
    if as_json:
        console.out_json(found.to_dict())
    else:
        console.out(found.table())
    if output:
        console.note(f"written to {output}")


def _write(path: Path, chosen: Point, safely: Point, swept: SparseIndex, k: int) -> None:
    if writing.is_index(path):
        writing.tune(path, chosen, safely, swept, k)
    else:
        writing.make(path, chosen, safely, swept, k, console.progress)
    console.note(f"{path} is set to {chosen.name}: search it with {_usage(chosen.setting)}")


def _usage(setting: settings.Setting) -> str:
    ways = ["--mode approximate"] if not setting.safe else []
    ways += ["--rescore"] if setting.exact else []
    ways += [f"queries cut to {setting.query_top_k} terms, which no index does"] if setting.query_top_k else []
    return ", ".join(ways) or "no options"
