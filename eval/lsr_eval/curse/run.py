"""The experiment: every system asked in every index, and dense vectors of as many bytes as each sparse index has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ir_measures import Measure

from lsr_eval import measures as measuring
from lsr_eval.curse import elements, growth
from lsr_eval.curse.dense import DenseModel, TurnedVectors
from lsr_eval.curse.elements import Element
from lsr_eval.curse.growth import Step
from lsr_eval.curse.observations import Key, Observation, observe
from lsr_eval.curse.pool import Pool
from lsr_eval.curse.projection import Projection
from lsr_eval.curse.sparse import SparseSystem
from lsr_eval.curse.systems import Dense, Sparse, System
from lsr_index.progress import Bars, silent

DEPTH = 100
"""Hits a query, where no measure looks deeper: more than any cutoff needs, so that ties at the end do not matter."""


@dataclass(frozen=True)
class Settings:
    """What is compared, and how.

    Attributes:
        systems: From `systems.parse`.
        measures: From `measures.parse`.
        cache: A folder for vectors, which other experiments may share.
        repeats: How many orders of the distractors are tried.
        seed: Of these orders, and of random projections.
        projection: How dense vectors lose dimensions.
        equal_bytes: What dense vectors of as many bytes as a sparse index are kept as; none leaves them out.
        max_length: Tokens of a text that models read; None for their own.
    """

    systems: Sequence[System]
    measures: Sequence[Measure]
    cache: Path
    repeats: int = 1
    seed: int = 0
    projection: Projection = "truncate"
    equal_bytes: Sequence[Element] = ("float32", "float16", "int8")
    max_length: int | None = None

    @property
    def depth(self) -> int:
        """Hits a query."""
        return max(DEPTH, measuring.largest_cutoff(self.measures))


def measure(pool: Pool, sizes: Sequence[int], settings: Settings, bars: Bars = silent) -> list[Observation]:
    """Encode what was not encoded before, then ask every system at every size.

    Raises:
        ModelError: if there is no such model; nothing is encoded then.
        InputError: if a dense model has fewer dimensions than are asked for.
    """
    cache, length = settings.cache, settings.max_length
    sparse = [SparseSystem(one, cache, length) for one in settings.systems if isinstance(one, Sparse)]
    named = [one for one in settings.systems if isinstance(one, Dense)]
    models = {model: DenseModel(model, cache, length) for model in dict.fromkeys(one.model for one in named)}
    dims = {one: models[one.model].check(one.dims) for one in named}
    for system in sparse:
        system.prepare(pool, bars)
    for model in models.values():
        model.prepare(pool, bars)
    steps = list(growth.steps(pool, sizes, settings.repeats, settings.seed))
    found: list[Observation] = []
    with bars("indexing and searching", len(steps)) as advance:
        for step in steps:
            first = len(found)
            for one in sparse:
                answers = one.answers(pool, step.members, settings.depth)
                found.append(observe(pool, Key(one.name, step.size), step.repeat, answers, settings.measures))
            indexes = found[first:]
            for name, model in models.items():
                turned = model.turned(pool, step.members, settings.projection, settings.seed)
                wanted = {one.name: count for one, count in dims.items() if one.model == name}
                found += _as_named(pool, step, turned, wanted, settings)
                found += _as_large(pool, step, turned, model, indexes, settings)
            advance(1)
    return found


def _as_named(
    pool: Pool, step: Step, turned: TurnedVectors, wanted: dict[str, int], settings: Settings
) -> Iterator[Observation]:
    for name, dims in wanted.items():
        answers = turned.answers(dims, "float32", settings.depth)
        key = Key(name, step.size, element="float32")
        yield observe(pool, key, step.repeat, answers, settings.measures, dims)


def _as_large(
    pool: Pool,
    step: Step,
    turned: TurnedVectors,
    model: DenseModel,
    indexes: Sequence[Observation],
    settings: Settings,
) -> Iterator[Observation]:
    for index in indexes:
        for element in settings.equal_bytes:
            dims = min(model.dimensions, elements.dims_within(index.bytes, step.size, element))
            if dims:
                answers = turned.answers(dims, element, settings.depth)
                key = Key(f"dense:{model.model}", step.size, as_large_as=index.key.system, element=element)
                yield observe(pool, key, step.repeat, answers, settings.measures, dims)
