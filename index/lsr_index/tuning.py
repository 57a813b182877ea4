"""The cheapest approximate setting that keeps a recall, measured on sample queries."""

import itertools
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_index.contents import parts
from lsr_index.errors import InputError
from lsr_index.index import Hits, SparseIndex
from lsr_index.kernels.limits import NEVER, SAFE, Limits
from lsr_index.writer import IndexWriter

GRID = [
    Limits(overestimate, superblocks, share)
    for overestimate, superblocks, share in itertools.product(
        (1.0, 1.1, 1.25, 1.5, 2.0), (NEVER, 64, 16), (1.0, 0.9, 0.75, 0.5)
    )
][1:]
GAIN = 0.95  # of safe's time: what is not faster than that is not worth its misses
ROUNDS, TIMED = 3, 100


@dataclass(frozen=True)
class Tuning:
    """A setting and what was measured of it; recall is that of the held-out queries."""

    overestimate: float
    superblocks: int | None
    """None scores as many as the bounds ask for."""
    share: float
    k: int
    recall_asked: float
    recall: float
    recall_lower: float
    """One-sided 95 % bootstrap bound over the held-out queries."""
    queries: int
    """Those measured and those held out."""
    ms_safe: float
    """Median of a query."""
    ms: float
    documents: int
    measured: str

    @property
    def safe(self) -> bool:
        """Whether nothing was found that is both faster and good enough."""
        return self.overestimate == 1 and self.superblocks is None and self.share == 1


def tune(
    index: SparseIndex,
    queries: csr_array,
    k: int = 10,
    recall: float = 0.99,
    *,
    held_out: float = 0.5,
    settings: Sequence[Limits] = GRID,
) -> Tuning:
    """Choose the fastest setting whose recall surely holds on some queries, and measure it on those held out.

    Only the one that was chosen meets the queries held out, so that what they say of it is no choice of theirs. Where
    it does not hold for them, safe search is kept.

    Args:
        index: What is tuned.
        queries: float32 weights, shape (n, V); those without hits are left out.
        k: The depth at which recall against safe search is measured.
        recall: Mean recall that must hold, above 0 and at most 1.
        held_out: The share of queries that verify the choice.
        settings: What to try.

    Raises:
        InputError: if an argument is out of range or fewer than two queries have hits.
    """
    if not 0 < recall <= 1:
        raise InputError(f"recall is {recall}, it must be above 0 and at most 1")
    if not 0 < held_out < 1:
        raise InputError(f"held_out is {held_out}, it must be between 0 and 1")
    safe = index.search(queries, k)
    answered = np.random.default_rng(0).permutation([n for n, hits in enumerate(safe) if len(hits)])
    if len(answered) < 2:
        raise InputError(f"{len(answered)} queries have hits, tuning needs at least 2; give more queries")
    cut = min(len(answered) - 1, max(1, round(len(answered) * (1 - held_out))))
    chosen, verified = answered[:cut], answered[cut:]

    def measured(limits: Limits, some: NDArray[np.int64]) -> NDArray[np.float64]:
        return recalls([safe[n] for n in some], index.search(queries[some], k, limits=limits))

    timed = [queries[[n]] for n in chosen[:TIMED]]
    holding = [limits for limits in settings if lower_bound(measured(limits, chosen)) >= recall]
    times = [(_times(index, timed, k, limits), limits) for limits in holding]
    gains = [(ms / ms_safe, ms_safe, ms, limits) for (ms_safe, ms), limits in times if ms <= GAIN * ms_safe]
    if gains:
        _, ms_safe, ms, limits = min(gains, key=lambda gain: gain[0])
        found = measured(limits, verified)
        if found.mean() >= recall:
            return _tuning(index, limits, k, recall, found, len(answered), ms_safe, ms)
    ms_safe, _ = _times(index, timed, k, SAFE)
    return _tuning(index, SAFE, k, recall, np.ones(len(verified)), len(answered), ms_safe, ms_safe)


def recalls(safe: Sequence[Hits], found: Sequence[Hits]) -> NDArray[np.float64]:
    """Return each query's share of hits that score no less than the last safe one, so that ties count."""
    return np.array([(b.scores >= a.scores[-1]).sum() / len(a) for a, b in zip(safe, found, strict=True)])


def lower_bound(found: NDArray[np.float64]) -> float:
    """Return what the mean of such recalls is at least, with 95 % confidence (one-sided bootstrap)."""
    drawn = np.random.default_rng(0).integers(0, len(found), (1000, len(found)))
    return float(np.quantile(found[drawn].mean(axis=1), 0.05))


def store(writer: IndexWriter, tuning: Tuning) -> None:
    """Keep a tuning in the manifest, in place of an earlier one."""
    writer.keep_tuning(asdict(tuning))


def sample_queries(index: SparseIndex, count: int = 400, terms: int = 24) -> csr_array:
    """Return the heaviest terms of random documents as queries, float32 of shape (up to count, V)."""
    picked = np.sort(np.random.default_rng(0).permutation(len(index))[:count])
    data: list[Any] = []
    columns: list[Any] = []
    lengths, start = [0], 0
    for part in parts(index):
        weights = part.weights
        for n in picked[(picked >= start) & (picked < start + weights.shape[0])] - start:
            row = slice(weights.indptr[n], weights.indptr[n + 1])
            top = np.sort(np.argsort(-weights.data[row], kind="stable")[:terms])
            data.append(weights.data[row][top])
            columns.append(weights.indices[row][top])
            lengths.append(lengths[-1] + len(top))
        start += weights.shape[0]
    none = [np.empty(0, np.float32)]
    arrays = np.concatenate(none + data), np.concatenate([np.empty(0, np.int32), *columns]), np.array(lengths)
    return csr_array(arrays, shape=(len(lengths) - 1, index.manifest.vocabulary_size))


def _times(index: SparseIndex, queries: Sequence[csr_array], k: int, limits: Limits) -> tuple[float, float]:
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for query in queries:
            for side, knobs in enumerate((None, limits)):
                started = time.perf_counter()
                index.search(query, k, limits=knobs)
                taken[side].append((time.perf_counter() - started) * 1000)
    return float(np.median(taken[0])), float(np.median(taken[1]))


def _tuning(
    index: SparseIndex, limits: Limits, k: int, asked: float, found: NDArray[np.float64], queries: int,
    ms_safe: float, ms: float,
) -> Tuning:  # fmt: skip
    return Tuning(
        overestimate=limits.overestimate,
        superblocks=None if limits.superblocks == NEVER else limits.superblocks,
        share=limits.share,
        k=k,
        recall_asked=asked,
        recall=float(found.mean()),
        recall_lower=lower_bound(found),
        queries=queries,
        ms_safe=round(ms_safe, 4),
        ms=round(ms, 4),
        documents=len(index),
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
    )
