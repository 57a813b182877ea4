"""What several runs say of the same documents, on one scale; and how a run is made of it again.

Equal scores stand in rising order of document id, in whatever is read and in what comes out.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from lsr_index.arrays import F64
from lsr_index.errors import InputError

Scores: TypeAlias = Mapping[str, Mapping[str, float]]
"""`{query id: {document id: score}}`; the scores decide the order."""
Scale: TypeAlias = Callable[[F64], tuple[F64, float]]
"""From the scores of a query's hits, by rising id, to their values, and the value of documents that are no hits."""


@dataclass(frozen=True)
class Aligned:
    """All documents that the runs found for one query."""

    query: str
    ids: list[str]
    """Rising."""
    values: F64
    """(documents, runs); 0 throughout for a run that found nothing."""


def align(runs: Sequence[Scores], scale: Scale) -> Iterator[Aligned]:
    """Bring the runs to one scale, query by query, in the order in which the runs name the queries.

    Raises:
        InputError: if there are fewer than two runs, or a score is not finite.
    """
    if len(runs) < 2:
        raise InputError(f"{len(runs)} run cannot be fused; give at least two" if runs else "no runs to fuse; give two")
    for query in dict.fromkeys(query for run in runs for query in run):
        ids = sorted({document for run in runs for document in run.get(query, ())})
        place = {document: n for n, document in enumerate(ids)}
        values = np.zeros((len(ids), len(runs)))
        for column, run in enumerate(runs):
            hits = run.get(query)
            if hits:
                places = np.array([place[document] for document in hits], np.intp)
                rising = np.argsort(places)
                scaled, lacking = scale(_finite(hits, query)[rising])
                values[:, column] = lacking
                values[places[rising], column] = scaled
        yield Aligned(query, ids, values)


def reciprocal_ranks(k: float) -> Scale:
    """Return the scale 1 / (k + rank), ranks from 1; 0 for documents that are no hits."""

    def scale(scores: F64) -> tuple[F64, float]:
        values = np.empty(len(scores))
        values[np.argsort(-scores, kind="stable")] = 1 / (k + np.arange(1, len(scores) + 1))
        return values, 0.0

    return scale


def minmax(scores: F64) -> tuple[F64, float]:
    """Scale from 0 for the least score to 1 for the largest; equal scores are all 1. No hit: 0."""
    shares = _bounded(scores)
    low, span = shares.min(), np.ptp(shares)
    return ((shares - low) / span if span else np.ones(len(scores))), 0.0


def z(scores: F64) -> tuple[F64, float]:
    """Count standard deviations from the mean of the hits; equal scores are all 0. No hit: the least of the values."""
    shares = _bounded(scores)
    deviation = shares.std()
    values = (shares - shares.mean()) / deviation if np.ptp(shares) else np.zeros(len(scores))
    return values, float(values.min())


def ranking(ids: Sequence[str], scores: F64, depth: int) -> dict[str, float]:
    """Return the best documents, best first.

    The scores come out strictly falling, and distinct in single precision: trec_eval reads them so, and orders ties
    in a way of its own.

    Args:
        ids: Rising.
        scores: (documents,), within single precision.
        depth: How many documents remain.
    """
    order = np.argsort(-scores, kind="stable")[:depth]
    # Bits of floats, as whole numbers that rise with them: the next smaller float is one less.
    bits = scores[order].astype(np.float32).view(np.int32).astype(np.int64)
    keys = np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)
    steps = np.arange(len(keys))
    keys = np.minimum.accumulate(keys + steps) - steps
    bits = np.where(keys < 0, -keys | 0x80000000, keys).astype(np.uint32)
    return {ids[int(n)]: float(score) for n, score in zip(order, bits.view(np.float32), strict=True)}


def _finite(hits: Mapping[str, float], query: str) -> F64:
    scores = np.fromiter(hits.values(), np.float64, len(hits))
    if not np.isfinite(scores).all():
        document, score = next((document, score) for document, score in hits.items() if not math.isfinite(score))
        raise InputError(
            f"the score of document {document!r} for query {query!r} is {score}, it must be a finite number"
        )
    return scores


def _bounded(scores: F64) -> F64:
    # Differences and squares of the largest floats would overflow.
    largest = np.abs(scores).max()
    return scores / largest if largest else scores
