"""What a system found in an index of some size, and what its vectors take."""

from collections.abc import Iterable
from dataclasses import dataclass

from lsr_eval.curse.pool import Pool
from lsr_eval.runs import Run


@dataclass(frozen=True)
class Answers:
    """A run, and the bytes of what it was searched in."""

    run: Run
    bytes: int
    """Of the vectors, and what is needed to search them; without ids and texts, which every system needs."""
    index_bytes: int | None = None
    """Of all files of an index on disk, ids included."""


def without_self(pool: Pool, run: Run, k: int) -> Run:
    """Return the first k hits of each query, its own document left out where that is no answer."""
    return {
        query: dict(_first(((i, s) for i, s in hits.items() if i != query or query not in pool.without_self), k))
        for query, hits in run.items()
    }


def _first(hits: Iterable[tuple[str, float]], k: int) -> list[tuple[str, float]]:
    return [hit for hit, _ in zip(hits, range(k), strict=False)]
