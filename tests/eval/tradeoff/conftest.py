"""A sweep's task over a small index with exact weights, and points that need no measuring."""

import pytest

from lsr.indexing import build_index
from lsr_eval import datasets, measures
from lsr_eval.effectiveness import QueryVectors
from lsr_eval.tradeoff.points import Point
from lsr_eval.tradeoff.settings import Setting
from lsr_eval.tradeoff.sweep import Task


@pytest.fixture
def task(beir, tmp_path):
    from lsr import SparseEncoder

    data = datasets.load(str(beir))
    encoder = SparseEncoder.from_pretrained("bm25")
    index = build_index(data.corpus, encoder, tmp_path / "source", exact=32)
    asked = QueryVectors(list(data.queries), encoder.encode_queries(list(data.queries.values())), "bm25")
    return Task(data, index, asked, measures.parse("nDCG@10 RR@10"), k=10, rounds=1)


def point(quality, ratio=1.0, size=100, **values):
    """A point with such a quality and cost."""
    return Point(
        setting=Setting(**values), measures={"nDCG@10": quality}, p50_ms=ratio, p99_ms=2 * ratio, ratio=ratio,
        recall=1.0, recall_lower=1.0, queries=3, bytes=size, documents=6, postings=60, query_terms=2.0,
        build_seconds=0.1, measured="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
