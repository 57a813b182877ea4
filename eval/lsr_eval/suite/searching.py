"""Ask an index all queries of a dataset, and measure what that costs from the text on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from lsr.retriever import Retriever
from lsr_eval.datasets import Dataset
from lsr_eval.effectiveness import QueryVectors, search_all
from lsr_eval.latency import Latency, QueryTimer
from lsr_eval.runs import Run
from lsr_index.index import Mode, SparseIndex

CLIENT_HITS = 10
CLIENT_QUERIES = 200
"""Queries that are asked from their text on, one by one."""


@dataclass(frozen=True)
class Asked:
    """What came back, and what it cost."""

    run: Run
    query_nnz: float
    flops: float
    search_ms: dict[str, float]
    client_ms: dict[str, float]


def ask(dataset: Dataset, retriever: Retriever, k: int, mode: Mode) -> Asked:
    """Search for every query of a dataset.

    Args:
        dataset: Its queries.
        retriever: Over an index of its corpus.
        k: Hits a query; own ids are dropped where the dataset says so.
        mode: As in `SparseIndex.search`.
    """
    texts = list(dataset.queries.values())
    rows = retriever.encode(texts)
    vectors = QueryVectors(list(dataset.queries), rows, retriever.encoder.name)
    run, latency = search_all(retriever.index, vectors, k, exclude_self=dataset.excludes_self, mode=mode)
    return Asked(
        run,
        float(rows.nnz) / max(1, len(texts)),
        _flops(rows, retriever.index),
        _percentiles(latency),
        _percentiles(_from_text(retriever, texts[:CLIENT_QUERIES], mode)),
    )


def _from_text(retriever: Retriever, texts: Sequence[str], mode: Mode) -> Latency | None:
    timer = QueryTimer()
    for text in texts:
        timer.time(lambda text=text: retriever.search(text, CLIENT_HITS, mode=mode))  # type: ignore[misc]
    return timer.latency()


def _percentiles(latency: Latency | None) -> dict[str, float]:
    return {} if latency is None else {"p50": latency.p50_ms, "p99": latency.p99_ms}


def _flops(rows: csr_array, index: SparseIndex) -> float:
    frequencies: Any = sum(segment.stored.frequencies() for segment in index.segments)
    asked = np.bincount(rows.indices, minlength=rows.shape[1])
    return float(asked @ frequencies) / max(1, len(index)) / max(1, int(rows.shape[0]))
