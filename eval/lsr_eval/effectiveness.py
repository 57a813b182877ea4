"""Ask every query of a dataset, and measure the answers and what they cost."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ir_measures import Measure
from scipy.sparse import csr_array

from lsr.encoders.base import Progress
from lsr.retriever import Retriever
from lsr_eval import measures as measuring
from lsr_eval import runs
from lsr_eval.datasets import Dataset
from lsr_eval.latency import Latency, QueryTimer
from lsr_eval.report import Report
from lsr_eval.runs import Run
from lsr_index.index import Mode, SparseIndex

DEFAULT_DEPTH = 1000


@dataclass(frozen=True)
class Settings:
    """How to search and what to measure.

    Attributes:
        measures: From `measures.parse`.
        k: Hits a query; None takes 1000, or the largest cutoff of the measures where that is larger.
        exclude_self: Drop hits whose id is the query's own; None decides by the dataset (ArguAna).
        mode: "safe", or "exhaustive" for the oracle.
    """

    measures: Sequence[Measure]
    k: int | None = None
    exclude_self: bool | None = None
    mode: Mode = "safe"

    @property
    def depth(self) -> int:
        """The number of hits that a query is asked for."""
        return self.k or max(DEFAULT_DEPTH, measuring.largest_cutoff(self.measures))

    def drops_self(self, dataset: Dataset) -> bool:
        """Whether a hit with the query's own id is dropped."""
        return dataset.excludes_self if self.exclude_self is None else self.exclude_self


@dataclass(frozen=True)
class QueryVectors:
    """Queries that were encoded before: row n belongs to the id n."""

    ids: Sequence[str]
    rows: csr_array
    source: str


def evaluate_retriever(
    dataset: Dataset,
    retriever: Retriever,
    settings: Settings,
    *,
    vectors: QueryVectors | None = None,
    documents_per_second: float | None = None,
    progress: Progress | None = None,
) -> tuple[Report, Run]:
    """Ask all queries of a dataset and measure the answers.

    Args:
        dataset: Its corpus is not read: the retriever's index must be of it.
        retriever: Encodes the texts in one batch, then each query is searched and timed by itself.
        settings: How to search and what to measure.
        vectors: Search with these; the retriever's encoder is not loaded then.
        documents_per_second: For the report.
        progress: Called with the number of queries searched since the last call.
    """
    index = retriever.index
    rate = None
    if vectors is None:
        encoder = retriever.encoder  # loaded before the clock starts
        started = time.perf_counter()
        rows = retriever.encode(list(dataset.queries.values()))
        rate = len(dataset.queries) / (time.perf_counter() - started)
        vectors, kind = QueryVectors(list(dataset.queries), rows, encoder.name), encoder.kind
    else:
        kind = "vectors"
    drops_self = settings.drops_self(dataset)
    run, latency = search_all(
        index, vectors, settings.depth, exclude_self=drops_self, mode=settings.mode, progress=progress
    )
    report = replace(
        _judged(dataset, run, settings, vectors.source, kind),
        k=settings.depth,
        mode=settings.mode,
        documents=len(index),
        documents_per_second=documents_per_second,
        index_bytes=index.bytes,
        queries_encoded_per_second=rate,
        latency=latency,
    )
    return report, run


def evaluate_run(dataset: Dataset, run: Run, settings: Settings, source: str) -> tuple[Report, Run]:
    """Measure a finished run; returns it as it was measured, without own ids where those are excluded.

    Raises:
        InputError: if it has queries, and none of them was judged.
    """
    runs.check_queries(run, dataset.qrels, source)
    drops_self = settings.drops_self(dataset)
    run = runs.without_self(run) if drops_self else run
    return _judged(dataset, run, settings, source, "run"), run


def search_all(
    index: SparseIndex,
    vectors: QueryVectors,
    k: int,
    *,
    exclude_self: bool = False,
    mode: Mode = "safe",
    progress: Progress | None = None,
) -> tuple[Run, Latency | None]:
    """Search one query after the other; k hits remain after own ids are dropped."""
    timer = QueryTimer()
    run: Run = {}
    for number, query_id in enumerate(vectors.ids):
        row = vectors.rows[[number]]
        hits = timer.time(lambda row=row: index.search(row, k + exclude_self, mode=mode)[0])  # type: ignore[misc]
        found = zip(hits.ids, hits.scores.tolist(), strict=True)
        run[query_id] = dict([hit for hit in found if not (exclude_self and hit[0] == query_id)][:k])
        if progress:
            progress(1)
    return run, timer.latency()


def _judged(dataset: Dataset, run: Run, settings: Settings, source: str, kind: str) -> Report:
    values = measuring.evaluate(dataset.qrels, run, settings.measures)
    return Report(
        dataset=dataset.name,
        split=dataset.split,
        model=source,
        kind=kind,
        measures=values.means,
        per_query=values.per_query,
        queries=len(dataset.qrels),
        missing_texts=dataset.missing_texts,
        missing_results=_without_results(dataset, run),
        exclude_self=settings.drops_self(dataset),
    )


def _without_results(dataset: Dataset, run: Run) -> int:
    return sum(not run.get(query_id) for query_id in dataset.qrels)
