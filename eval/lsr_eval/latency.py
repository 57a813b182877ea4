"""How long single queries take: wall-clock time of each, the first few left out."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")

WARM_UP = 3  # calls that load compiled code and touch pages for the first time


@dataclass(frozen=True)
class Latency:
    """Milliseconds a call took, over `count` calls."""

    count: int
    mean_ms: float
    p50_ms: float
    p99_ms: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which `percent` of the values lie, between neighbours by linear interpolation."""
    return float(np.percentile(np.asarray(values, dtype=np.float64), percent))


def summarise(seconds: Sequence[float]) -> Latency:
    """Sum up measured times; there must be at least one."""
    milliseconds = [1000 * value for value in seconds]
    return Latency(
        count=len(milliseconds),
        mean_ms=float(np.mean(milliseconds)),
        p50_ms=percentile(milliseconds, 50),
        p99_ms=percentile(milliseconds, 99),
    )


class QueryTimer:
    """Time calls one by one.

    Args:
        warm_up: How many of the first calls are made once more beforehand, untimed.
    """

    def __init__(self, warm_up: int = WARM_UP) -> None:
        self._cold = warm_up
        self.seconds: list[float] = []

    def time(self, call: Callable[[], T]) -> T:
        """Return what `call` returns and note how long it took; it must be repeatable."""
        if self._cold > 0:
            self._cold -= 1
            call()
        started = time.perf_counter()
        result = call()
        self.seconds.append(time.perf_counter() - started)
        return result

    def latency(self) -> Latency | None:
        """Sum up the times so far; None before the first."""
        return summarise(self.seconds) if self.seconds else None
