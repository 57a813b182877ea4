"""What was measured of one system in one index, and the mean of its repeats."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean, stdev

from ir_measures import Measure

from lsr_eval import measures as measuring
from lsr_eval.curse.answers import Answers
from lsr_eval.curse.elements import Element
from lsr_eval.curse.pool import Pool


@dataclass(frozen=True)
class Key:
    """Which system, in an index of which size; equal keys are repeats of each other."""

    system: str
    size: int
    as_large_as: str | None = None
    """The sparse system whose bytes set the number of dimensions; None where it was asked for."""
    element: Element | None = None
    """What the numbers of dense vectors are kept as."""


@dataclass(frozen=True)
class Observation:
    """One index."""

    key: Key
    repeat: int
    dims: int | None
    bytes: int
    index_bytes: int | None
    measures: dict[str, float]
    distractor_first: float
    """Share of the queries whose best hit is a distractor."""


@dataclass(frozen=True)
class Cell:
    """The repeats of one system at one size: means, and the standard deviation where there are several."""

    key: Key
    repeats: int
    dims: int | None
    bytes: int
    index_bytes: int | None
    measures: dict[str, float]
    spread: dict[str, float] | None
    distractor_first: float


def observe(
    pool: Pool, key: Key, repeat: int, answers: Answers, measures: Sequence[Measure], dims: int | None = None
) -> Observation:
    """Measure answers."""
    fixed = set(pool.ids[: pool.fixed])
    best = (next(iter(hits), None) for hits in answers.run.values())
    return Observation(
        key=key,
        repeat=repeat,
        dims=dims,
        bytes=answers.bytes,
        index_bytes=answers.index_bytes,
        measures=measuring.evaluate(pool.qrels, answers.run, measures).means,
        distractor_first=sum(hit is not None and hit not in fixed for hit in best) / len(pool.qrels),
    )


def summary(observations: Sequence[Observation]) -> list[Cell]:
    """Return a cell for each key, in the order of their first observations."""
    places = {key: place for place, key in enumerate(dict.fromkeys(one.key for one in observations))}
    ordered = sorted(observations, key=lambda one: places[one.key])
    return [_cell(key, list(group)) for key, group in groupby(ordered, key=lambda one: one.key)]


def _cell(key: Key, group: Sequence[Observation]) -> Cell:
    values = {name: [one.measures[name] for one in group] for name in group[0].measures}
    dims = [one.dims for one in group if one.dims is not None]
    whole = [one.index_bytes for one in group if one.index_bytes is not None]
    return Cell(
        key=key,
        repeats=len(group),
        dims=round(fmean(dims)) if dims else None,
        bytes=round(fmean(one.bytes for one in group)),
        index_bytes=round(fmean(whole)) if whole else None,
        measures={name: fmean(found) for name, found in values.items()},
        spread={name: stdev(found) for name, found in values.items()} if len(group) > 1 else None,
        distractor_first=fmean(one.distractor_first for one in group),
    )
