"""What a filter costs or saves: our engine with one, without, and with documents sorted out of longer answers.

Whether a document passes is drawn at random, so neighbours in the index's order do not pass together: the hardest case.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_eval.engine_bench import inputs as reading
from lsr_eval.engine_bench import memory
from lsr_eval.engine_bench.child import Child, EngineFailedError
from lsr_eval.engine_bench.inputs import Inputs
from lsr_eval.peers.base import Peer
from lsr_index.documents import Document
from lsr_index.index import SparseIndex
from lsr_index.vocabulary import Vocabulary

BATCH = 20_000  # documents
DRAWS = 1_000_000  # values of the stored column


@dataclass
class Filtered:
    """Medians over queries of each query's median over rounds, in milliseconds."""

    share: float
    """Of the documents, which pass."""
    k: int
    first: float
    """The first query with this filter, which asks the column; others find its mask kept."""
    ms: float
    unfiltered: float
    after: float
    """Without a filter, asking for k / share hits, twice as many while too few pass."""


def measure(
    data: Inputs, shares: Sequence[float], ks: Sequence[int], rounds: int, tell: Callable[[str], None]
) -> tuple[list[Filtered], str | None]:
    """Measure filters that let shares of the documents pass, on one core; filtered answers are checked.

    Args:
        data: Documents and queries.
        shares: Above 0 and at most 1.
        ks: How many hits.
        rounds: How often every query is timed in each of the three ways, alternating.
        tell: Called with a line when it begins.

    Returns:
        What was measured, and why it failed where an answer is wrong or the process ends.
    """
    tell("lsr: with filters")
    with tempfile.TemporaryDirectory(prefix="lsr-bench-") as name:
        folder = Path(name)
        reading.save(folder / "documents", data.documents)
        reading.save(folder / "queries", data.queries)
        with Child("lsr", folder) as child:
            try:
                return child.call(_measure, folder, shares, ks, rounds), None
            except EngineFailedError as error:
                return [], str(error)


def _measure(peer: Peer, folder: Path, shares: Sequence[float], ks: Sequence[int], rounds: int) -> list[Filtered]:
    width, rows = reading.width(folder / "documents"), reading.load(folder / "queries")
    queries = [rows[[number]] for number in range(rows.shape[0])]
    random, draws = np.random.default_rng(0), [np.empty(0, np.int64)]
    with SparseIndex.create(folder / "index", Vocabulary(str(term) for term in range(width)), order=False) as builder:
        for batch in reading.stream(folder / "documents", BATCH):
            ids = [str(number) for number in range(len(builder), len(builder) + batch.shape[0])]
            drawn = random.integers(0, DRAWS, len(ids))
            draws.append(drawn)
            stored = zip(ids, drawn.tolist(), strict=True)
            builder.add(ids, batch, [Document(name, "", fields={"draw": value}) for name, value in stored])
        index = builder.commit()
    memory.pin_to_one_core()
    column = np.concatenate(draws)
    for query in queries:
        index.search(query, max(ks))  # compiles, touches pages
    return [_one(index, queries, column < round(share * DRAWS), share, k, rounds) for share in shares for k in ks]


def _one(
    index: SparseIndex, queries: Sequence[csr_array], passing: NDArray[np.bool_], share: float, k: int, rounds: int
) -> Filtered:
    wanted = f"draw < {round(share * DRAWS)}"
    index = SparseIndex.open(index.path)  # which has no masks yet
    index.search(queries[0], k)
    started = time.perf_counter()
    index.search(queries[0], k, filter=wanted)
    first = time.perf_counter() - started

    def filtered(query: csr_array) -> NDArray[np.int64]:
        return index.search(query, k, filter=wanted)[0].numbers

    def unfiltered(query: csr_array) -> NDArray[np.int64]:
        return index.search(query, k)[0].numbers

    def after(query: csr_array) -> NDArray[np.int64]:
        asked = ceil(k / share)
        while True:  # ends: at the latest when all that match were asked for
            numbers = index.search(query, asked)[0].numbers
            kept = numbers[passing[numbers]]
            if len(kept) >= k or len(numbers) < asked:
                return kept[:k]
            asked *= 2

    for number, query in enumerate(queries):
        if not np.array_equal(filtered(query), after(query)):
            raise ValueError(f"query {number} with {wanted!r} does not find what passes of the unfiltered answer")
    ways = (filtered, unfiltered, after)
    seconds = np.empty((rounds, len(queries), len(ways)))
    for turn in range(rounds):
        for number, query in enumerate(queries):
            # Who comes first finds the query's postings out of the caches: each way in its turn.
            for way in np.roll(np.arange(len(ways)), -turn):
                seconds[turn, number, way] = _seconds(ways[way], query)
    medians = 1000 * np.median(np.median(seconds, axis=0), axis=0)
    return Filtered(share, k, 1000 * first, *medians.tolist())


def _seconds(way: Callable[[csr_array], NDArray[np.int64]], query: csr_array) -> float:
    started = time.perf_counter()
    way(query)
    return time.perf_counter() - started
