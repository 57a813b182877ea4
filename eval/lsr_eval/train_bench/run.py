"""Time trainers side by side on the same batches."""

import gc
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from lsr_eval import side_by_side
from lsr_eval.engine_bench import memory
from lsr_eval.side_by_side import Setting
from lsr_eval.train_bench.trainers import TRAINERS, Pairs, Trainer

_loaded: dict[str, Trainer] = {}


@dataclass(frozen=True)
class Row:
    """One trainer in one precision."""

    trainer: str
    precision: str
    steps_per_second: float
    """Of the median round."""
    ratio: float
    """Steps per second divided by the last trainer's, median over rounds."""
    peak: int | None
    """Most bytes by which the process grew during the first steps."""
    first_loss: float
    last_loss: float
    """Before the first and before the last of all steps: trainers that do the same have about the same."""


def measure(
    batches: Sequence[Pairs],
    trainers: Sequence[str],
    setting: Setting,
    *,
    rounds: int,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """Compare trainers; the last is the one that others are compared with.

    Args:
        batches: Every round trains on all of them.
        trainers: Names of `TRAINERS`.
        setting: What they share.
        rounds: How often.
        tell: Called with a line whenever something long begins.

    Raises:
        ComparedFailedError: if one raises or dies.
    """
    with side_by_side.processes(trainers) as ask:
        first, peaks = {}, {}
        for name in trainers:
            tell(f"{name}, {setting.precision}: loading")
            ask(name, _prepare, name, setting)
            first[name], peaks[name] = ask(name, _first, batches[:2])
        times: dict[str, list[float]] = {name: [] for name in trainers}
        last: dict[str, float] = {}
        for name in side_by_side.turns(trainers, rounds, tell):
            seconds, last[name] = ask(name, _train, batches)
            times[name].append(seconds)
    reference = trainers[-1]
    return [
        Row(
            name,
            setting.precision,
            len(batches) / median(times[name]),
            side_by_side.ratio(times, name, reference),
            peaks[name],
            first[name],
            last[name],
        )
        for name in trainers
    ]


def _prepare(name: str, setting: Setting) -> None:
    warnings.simplefilter("ignore")
    _loaded["trainer"] = TRAINERS[name](setting)


def _first(batches: Sequence[Pairs]) -> tuple[float, int | None]:
    memory.trim()
    before = memory.start_peak()
    losses = [_loaded["trainer"].step(batch) for batch in batches]
    after = memory.peak()
    return losses[0], None if before is None or after is None else max(0, after - before)


def _train(batches: Sequence[Pairs]) -> tuple[float, float]:
    gc.collect()
    started = time.perf_counter()
    losses = [_loaded["trainer"].step(batch) for batch in batches]
    return time.perf_counter() - started, losses[-1]
