"""Make one run of several: by ranks (RRF), or by scores brought to one scale; see `alignment.py` for ties."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from ir_measures import Measure

from lsr_eval import alignment, measures
from lsr_eval import runs as run_files
from lsr_eval.alignment import Aligned, Scores, align, ranking
from lsr_eval.runs import Run
from lsr_index.arrays import F64
from lsr_index.errors import InputError

Normalise = Literal["minmax", "z"]

K = 60
DEPTH = 1000
GRID = tuple(step / 20 for step in range(21))


@dataclass(frozen=True)
class Tuned:
    """Which weight was best for the first of two runs; the second one's is what it lacks to 1."""

    weight: float
    curve: dict[float, float]
    """`{weight: mean of the measure}`."""


def rrf(runs: Sequence[Scores], k: float = K, *, depth: int = DEPTH) -> Run:
    """Fuse by reciprocal rank: the sum of 1 / (k + rank) over the runs that found a document, ranks from 1.

    Cormack, Clarke and Büttcher, SIGIR 2009; k = 60 is theirs. The order of the runs does not matter.

    Raises:
        InputError: if there are fewer than two runs, a score is not finite, k is negative or the depth below 1.
    """
    _check_depth(depth)
    if not 0 <= k < math.inf:
        raise InputError(f"k is {k}, it must be a number from 0")
    # Sorted first: a sum must not depend on the order of the runs, not even in its last digit.
    return {
        found.query: ranking(found.ids, np.sort(found.values, axis=1).sum(axis=1), depth)
        for found in align(runs, alignment.reciprocal_ranks(k))
    }


def weighted(
    runs: Sequence[Scores], weights: Sequence[float], normalise: Normalise = "minmax", *, depth: int = DEPTH
) -> Run:
    """Fuse by the weighted mean of scores that were brought to one scale, query by query.

    A document that a run lacks gets the least value that the run gave for the query: a run was cut somewhere, and all
    it says of what lies below the cut is that it scored no better than the last hit.

    Args:
        runs: At least two.
        weights: One for each run, from 0; only their ratios matter.
        normalise: "minmax", 0 for the last hit to 1 for the first; "z", standard deviations from the hits' mean.
        depth: Hits kept for a query.

    Raises:
        InputError: if there are fewer than two runs, a score is not finite, the weights do not fit the runs, there is
            no such normalisation, or the depth is below 1.
    """
    _check_depth(depth)
    shares = _shares(weights, len(runs))
    return {found.query: _sum(found, shares, depth) for found in align(runs, _scale(normalise))}


def tune_weight(
    run_a: Scores,
    run_b: Scores,
    qrels: Mapping[str, Mapping[str, int]],
    measure: Measure,
    normalise: Normalise = "minmax",
    grid: Sequence[float] = GRID,
) -> Tuned:
    """Find the weight of the first of two runs that gives the best mean; among equals, the one nearest to 0.5.

    Judge the fused run by other queries than these: by these it is the best of many.

    Raises:
        InputError: if no query of a run is judged, the grid is empty or leaves 0 to 1, or as `weighted` does.
    """
    if not grid or not all(0 <= weight <= 1 for weight in grid):
        raise InputError(f"the weights to try are {list(grid)}; give at least one, each from 0 to 1")
    for name, run in (("the first run", run_a), ("the second run", run_b)):
        run_files.check_queries(run, qrels, name)
    judged = [{query: hits for query, hits in run.items() if query in qrels} for run in (run_a, run_b)]
    aligned = list(align(judged, _scale(normalise)))
    curve = {}
    for weight in grid:
        shares = np.array([weight, 1 - weight])
        fused = {found.query: _sum(found, shares, DEPTH) for found in aligned}
        curve[weight] = measures.evaluate(qrels, fused, [measure]).means[str(measure)]
    return Tuned(min(curve, key=lambda weight: (-curve[weight], abs(weight - 0.5))), curve)


def _sum(found: Aligned, shares: F64, depth: int) -> dict[str, float]:
    return ranking(found.ids, (found.values * shares).sum(axis=1), depth)


def _scale(normalise: str) -> alignment.Scale:
    scales = {"minmax": alignment.minmax, "z": alignment.z}
    if normalise not in scales:
        raise InputError(f"no normalisation is called {normalise!r}; there are: {', '.join(get_args(Normalise))}")
    return scales[normalise]


def _shares(weights: Sequence[float], runs: int) -> F64:
    if len(weights) != runs:
        raise InputError(f"{len(weights)} weights for {runs} runs; give each run one")
    odd = next((weight for weight in weights if not 0 <= weight < math.inf), None)
    if odd is not None:
        raise InputError(f"a weight is {odd}, it must be a finite number from 0")
    if not any(weights):
        raise InputError("all weights are 0; give one run a larger one")
    shares: F64 = np.asarray(weights, np.float64) / max(weights)
    total = float(shares.sum())
    return shares / total


def _check_depth(depth: int) -> None:
    if depth < 1:
        raise InputError(f"the depth is {depth}, it must be at least 1")
