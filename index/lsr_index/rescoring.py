"""Rescoring: impacts find more than k documents, exact weights decide which k they are, and their order."""

import numpy as np
from numpy.typing import NDArray

from lsr_index.errors import InputError
from lsr_index.kernels import rescore as kernel
from lsr_index.kernels.answer import Answers, Queries
from lsr_index.segments import Segments

MARGIN, SHARE = 10, 5  # by default as many, or a fifth of k: what lost no document in eval/results/engine.md


def margin_of(rescore: bool | int | None, k: int) -> int | None:
    """Return how many documents beyond k are to be found, None for no rescoring.

    Args:
        rescore: As many; True for as many as usual; None or False for no rescoring.
        k: How many are wanted.

    Raises:
        InputError: if it is below 0.
    """
    if rescore is None or rescore is False:
        return None
    if rescore is True:
        return max(MARGIN, k // SHARE)
    if rescore < 0:
        raise InputError(f"rescore is {rescore}, a margin must be at least 0")
    return int(rescore)


def rescore(
    segments: Segments, queries: Queries, first: int, last: int, k: int, table: NDArray[np.float64], out: Answers
) -> None:
    """Replace what was found for the queries first … last - 1 by the best k of it by exact weights.

    Args:
        segments: Where it was found.
        queries: All queries of the batch.
        first: First query.
        last: Query after the last.
        k: How many documents stay.
        table: float64[V] zeros, this thread's.
        out: What was found.

    Raises:
        IndexFormatError: if the weights of a document are damaged or missing.
    """
    for segment in segments:
        exact = segment.exact
        exact.check(kernel.unchecked(exact.checked, segment.base, first, last, out))
        kernel.rescore(
            exact.ends, exact.terms, exact.weights, exact.scales, exact.steps, segment.base, queries, first, last,
            table, out,
        )  # fmt: skip
    kernel.keep_best(first, last, k, out)
