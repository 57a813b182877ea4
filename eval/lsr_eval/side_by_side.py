"""What is compared runs in processes of its own, in rounds that alternate.

The machine may be shared: each round times everyone on the same input, one after the other, and a ratio is the median
of the rounds' ratios.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from lsr_index.errors import LsrError

Ask = Callable[..., Any]
"""`ask(name, function, *arguments)` calls a function in the process of that name and returns what it returns."""


@dataclass(frozen=True)
class Setting:
    """What all that are compared share."""

    model: Path
    max_length: int
    precision: str
    """`float32` or `bfloat16`."""
    threads: int


class ComparedFailedError(LsrError):
    """One of those that are compared raised, or its process died."""


@contextmanager
def processes(names: Sequence[str]) -> Iterator[Ask]:
    """Start a process for each name.

    Raises:
        ComparedFailedError: when a call in one fails.
    """
    context = multiprocessing.get_context("spawn")  # a fork would inherit the parent's memory and threads
    with ExitStack() as stack:
        pools = {name: stack.enter_context(ProcessPoolExecutor(max_workers=1, mp_context=context)) for name in names}

        def ask(name: str, what: Callable[..., Any], *arguments: Any) -> Any:
            try:
                return pools[name].submit(what, *arguments).result()
            except BrokenProcessPool as error:
                raise ComparedFailedError(f"{name} ended suddenly (out of memory?)") from error
            except Exception as error:
                raise ComparedFailedError(f"{name} failed: {type(error).__name__}: {error}") from error

        yield ask


def turns(names: Sequence[str], rounds: int, tell: Callable[[str], None]) -> Iterator[str]:
    """Yield every name once a round, in turn forwards and backwards."""
    for number in range(rounds):
        tell(f"round {number + 1} of {rounds}")
        yield from names if number % 2 == 0 else reversed(names)


def ratio(times: Mapping[str, Sequence[float]], name: str, reference: str) -> float:
    """Return how many times as fast as the reference one is: the median of its rounds."""
    return median(theirs / ours for ours, theirs in zip(times[name], times[reference], strict=True))
