"""Ask settings in turn, so that what else the machine does meets all of them alike."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_eval.tradeoff.settings import Setting
from lsr_index.index import Hits, SparseIndex
from lsr_index.progress import Progress


@dataclass(frozen=True)
class Contender:
    """A setting, the index that was built for it, and the queries as it cuts them, float32 (n, V)."""

    setting: Setting
    index: SparseIndex
    rows: csr_array

    def ask(self, row: csr_array, k: int) -> Hits:
        """Search one query."""
        rescore = True if self.setting.exact else None
        return self.index.search(row, k, limits=self.setting.limits, rescore=rescore)[0]


@dataclass(frozen=True)
class Answers:
    """What a contender found, and how long it took."""

    hits: list[Hits]
    ms: NDArray[np.float64]
    """[n] milliseconds of each query: the median of the rounds."""


def in_turn(contenders: Sequence[Contender], k: int, rounds: int, progress: Progress) -> list[Answers]:
    """Ask every query of each contender in turn, once untimed and then in timed rounds.

    Args:
        contenders: With the same queries, at least one.
        k: Hits a query.
        rounds: At least 1.
        progress: Called with the number of queries that all contenders answered.
    """
    count = contenders[0].rows.shape[0]
    queries = [[one.rows[[number]] for number in range(count)] for one in contenders]
    hits = [
        [one.ask(row, k) for row in rows]  # compiled code is loaded, and pages are touched, outside the clock
        for one, rows in zip(contenders, queries, strict=True)
    ]
    taken = np.zeros((len(contenders), rounds, count))
    apart = max(
        1, count // len(contenders)
    )  # one after the other with the same query, the later find its postings warm
    for turn in range(rounds):
        for step in range(count):
            for place, contender in enumerate(contenders):
                number = (step + place * apart) % count
                row = queries[place][number]
                started = time.perf_counter()
                contender.ask(row, k)
                taken[place, turn, number] = time.perf_counter() - started
            progress(1)
    return [Answers(found, 1000 * np.median(times, axis=0)) for found, times in zip(hits, taken, strict=True)]
