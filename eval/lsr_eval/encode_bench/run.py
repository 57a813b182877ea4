"""Time encoders in rounds that alternate, each in a process of its own.

The machine may be shared: each round times every encoder on the same texts, one after the other, and a ratio is the
median of the rounds' ratios.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any

from lsr_eval.encode_bench import child
from lsr_eval.encode_bench.encoders import Setting
from lsr_index.errors import LsrError

HEAD_TEXTS = 16
COMPARED = 32  # texts whose vectors are compared


class EncoderFailedError(LsrError):
    """An encoder raised or its process died."""


@dataclass(frozen=True)
class Row:
    """One encoder in one precision."""

    encoder: str
    precision: str
    documents_per_second: float
    """Of the median round."""
    ratio: float
    """Documents per second divided by the last encoder's, median over rounds."""
    peak: int | None
    """Most bytes that the process held."""
    head: int | None
    """Bytes that the vocabulary head and pooling need at most, for HEAD_TEXTS texts of the full length."""
    nonzeros: float
    """Per document, over the compared texts."""
    difference: float
    """Largest difference of a weight from the last encoder's, over the compared texts."""


def measure(
    texts: Sequence[str],
    encoders: Sequence[str],
    setting: Setting,
    *,
    rounds: int,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """Compare encoders; the last is the one that others are compared with.

    Args:
        texts: Documents.
        encoders: Names of `ENCODERS`.
        setting: What they share.
        rounds: How often all texts are encoded.
        tell: Called with a line whenever something long begins.

    Raises:
        EncoderFailedError: if one raises or dies.
    """
    context = multiprocessing.get_context("spawn")  # a fork would inherit the parent's memory and threads
    with ExitStack() as stack:
        processes = {
            name: stack.enter_context(ProcessPoolExecutor(max_workers=1, mp_context=context)) for name in encoders
        }

        def ask(name: str, what: Callable[..., Any], *arguments: Any) -> Any:
            try:
                return processes[name].submit(what, *arguments).result()
            except BrokenProcessPool as error:
                raise EncoderFailedError(f"{name} ended suddenly (out of memory?)") from error
            except Exception as error:
                raise EncoderFailedError(f"{name} failed: {type(error).__name__}: {error}") from error

        found = {}
        for name in encoders:
            tell(f"{name}, {setting.precision}: loading")
            ask(name, child.prepare, name, setting)
            found[name] = ask(name, child.encode, texts[:COMPARED])
        times: dict[str, list[float]] = {name: [] for name in encoders}
        for number in range(rounds):
            tell(f"round {number + 1} of {rounds}")
            for name in encoders if number % 2 == 0 else list(reversed(encoders)):
                times[name].append(ask(name, child.seconds, texts))
        reference = encoders[-1]
        return [
            Row(
                name,
                setting.precision,
                len(texts) / median(times[name]),
                median(theirs / ours for ours, theirs in zip(times[name], times[reference], strict=True)),
                ask(name, child.peak),
                ask(name, child.head_growth, HEAD_TEXTS, setting.max_length),
                found[name].nnz / max(1, found[name].shape[0]),
                float(abs(found[name] - found[reference]).max()),
            )
            for name in encoders
        ]
