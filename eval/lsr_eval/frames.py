"""Evaluation from a notebook: figures as Arrow tables, and tables as figures.

    table = frames.evaluate("beir/scifact/test", {"BM25": "bm25", "ours": Retriever.open("idx")})
    table.to_pandas()
    frames.figure(table, "nDCG@10")

A system is the name of a model, the path of an index or a run, a `Retriever` of the dataset's corpus, or a run itself.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa

from lsr.encoders.base import SparseEncoder
from lsr.indexing import build_index
from lsr.retriever import Retriever
from lsr_eval import datasets, effectiveness, runs
from lsr_eval import measures as measuring
from lsr_eval.conventions import conventional
from lsr_eval.datasets import Dataset
from lsr_eval.report import Report
from lsr_eval.runs import Run
from lsr_index.errors import InputError, MissingDependencyError
from lsr_index.manifest import FILE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

System: TypeAlias = str | Path | Retriever | Run
Systems: TypeAlias = Mapping[str, System] | Sequence[str | Path]
"""By the names they are to have, or names and paths alone."""

MEANS = pa.schema(
    [
        ("dataset", pa.string()),
        ("split", pa.string()),
        ("system", pa.string()),
        ("measure", pa.string()),
        ("value", pa.float64()),
        ("queries", pa.int64()),
        ("without_results", pa.int64()),
        ("p50_ms", pa.float64()),
        ("p99_ms", pa.float64()),
        ("index_bytes", pa.int64()),
    ]
)
PER_QUERY = pa.schema(
    [
        ("dataset", pa.string()),
        ("split", pa.string()),
        ("system", pa.string()),
        ("qid", pa.string()),
        ("measure", pa.string()),
        ("value", pa.float64()),
    ]
)
RUN = pa.schema([("qid", pa.string()), ("docno", pa.string()), ("score", pa.float64()), ("rank", pa.int64())])


def evaluate(
    dataset: str | Dataset, systems: Systems, measures: str | None = None, *, split: str | None = None
) -> pa.Table:
    """Measure systems on a dataset: one row of `MEANS` a system and measure; null where a cost was not measured.

    Args:
        dataset: A name as `datasets.load` takes it, or what it gave.
        systems: What is measured; a model encodes and indexes the corpus first, in a temporary folder.
        measures: As ir_measures names them; by default the dataset's own.
        split: Which judgements, where the dataset is a name.

    Raises:
        InputError: if the dataset, a run or a measure cannot be used.
        ModelError: if there is no such model.
    """
    rows = [
        {
            "dataset": report.dataset,
            "split": report.split,
            "system": name,
            "measure": measure,
            "value": value,
            "queries": report.queries,
            "without_results": report.missing_results,
            "p50_ms": report.latency and report.latency.p50_ms,
            "p99_ms": report.latency and report.latency.p99_ms,
            "index_bytes": report.index_bytes,
        }
        for name, report in _reports(dataset, systems, measures, split)
        for measure, value in report.measures.items()
    ]
    return pa.Table.from_pylist(rows, MEANS)


def per_query(
    dataset: str | Dataset, systems: Systems, measures: str | None = None, *, split: str | None = None
) -> pa.Table:
    """Measure systems query by query: one row of `PER_QUERY` a system, query and measure; as `evaluate` otherwise."""
    rows = [
        {
            "dataset": report.dataset,
            "split": report.split,
            "system": name,
            "qid": query,
            "measure": measure,
            "value": value,
        }
        for name, report in _reports(dataset, systems, measures, split)
        for query, values in report.per_query.items()
        for measure, value in values.items()
    ]
    return pa.Table.from_pylist(rows, PER_QUERY)


def run_table(run: Run) -> pa.Table:
    """Return a run as rows of `RUN`, in its order; ranks count from 0, as PyTerrier's do."""
    rows = [
        {"qid": query, "docno": document, "score": score, "rank": rank}
        for query, hits in run.items()
        for rank, (document, score) in enumerate(hits.items())
    ]
    return pa.Table.from_pylist(rows, RUN)


def figure(table: pa.Table, measure: str | None = None) -> "Figure":
    """Draw a table of `evaluate`, or several put together, as bars: datasets side by side, a colour a system.

    Args:
        table: With the columns dataset, system, measure and value; splits of one dataset stand apart.
        measure: Which to draw; the table's first if None.

    Raises:
        InputError: if the table is empty or has no such measure.
        MissingDependencyError: if matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise MissingDependencyError("figures need matplotlib: pip install 'lsr[eval]'") from error

    rows = table.to_pylist()
    known = list(dict.fromkeys(row["measure"] for row in rows))
    if not known or (measure or known[0]) not in known:
        raise InputError(f"the table has no measure {measure or ''!r}; it has {', '.join(known) or 'no rows'}")
    splits: dict[str, set[str]] = {}
    for row in rows:
        splits.setdefault(row["dataset"], set()).add(row.get("split", ""))
    drawn = {
        (row["dataset"] if len(splits[row["dataset"]]) == 1 else f"{row['dataset']} ({row['split']})", row["system"]):
        row["value"]
        for row in rows
        if row["measure"] == (measure or known[0])
    }  # fmt: skip
    collections = list(dict.fromkeys(dataset for dataset, _ in drawn))
    systems = list(dict.fromkeys(system for _, system in drawn))
    figure = Figure(figsize=(2 + 1.2 * len(collections) + 0.3 * len(drawn), 4), layout="constrained")
    panel = figure.subplots()
    width = 0.8 / len(systems)
    for place, system in enumerate(systems):
        there = [number for number, dataset in enumerate(collections) if (dataset, system) in drawn]
        left = [number + width * (place - (len(systems) - 1) / 2) for number in there]
        panel.bar(left, [drawn[collections[number], system] for number in there], width, label=system)
    panel.set_xticks(range(len(collections)), collections)
    panel.set_ylabel(measure or known[0])
    panel.legend(fontsize=8)
    return figure


def _reports(
    dataset: str | Dataset, systems: Systems, measures: str | None, split: str | None
) -> Iterator[tuple[str, Report]]:
    data = datasets.load(dataset, split) if isinstance(dataset, str) else dataset
    settings = effectiveness.Settings(measuring.parse(measures or conventional(data.name, data.split)))
    named = systems if isinstance(systems, Mapping) else {str(system): system for system in systems}
    for name, system in named.items():
        yield name, _measured(data, system, settings)


def _measured(data: Dataset, system: System, settings: effectiveness.Settings) -> Report:
    if isinstance(system, Retriever):
        return effectiveness.evaluate_retriever(data, system, settings)[0]
    if isinstance(system, Mapping):
        return effectiveness.evaluate_run(data, system, settings, "run")[0]
    path = Path(system)
    if path.is_file() or (isinstance(system, Path) and not path.exists()):
        return effectiveness.evaluate_run(data, runs.read(path), settings, str(path))[0]
    if (path / FILE).is_file():
        return effectiveness.evaluate_retriever(data, Retriever.open(path), settings)[0]
    with tempfile.TemporaryDirectory(prefix="lsr-") as folder:
        encoder = SparseEncoder.from_pretrained(system)
        index = build_index(data.corpus, encoder, Path(folder) / "index")
        return effectiveness.evaluate_retriever(data, Retriever(index, encoder), settings)[0]
