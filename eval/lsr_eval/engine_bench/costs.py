"""What an engine costs around its queries: a build from a stream, a new process, and what a second thread gives.

Only engines whose index stands on disk (`peers.base.Standing`) can be asked.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from lsr_eval.engine_bench import inputs as reading
from lsr_eval.engine_bench import memory
from lsr_eval.engine_bench.child import Child, EngineFailedError
from lsr_eval.engine_bench.inputs import Inputs
from lsr_eval.peers import registry
from lsr_eval.peers.base import Standing

BATCH = 20_000  # documents
PROCESSES = 3
BATCH_SECONDS = 1.0  # that a batch takes at least, so that threads have something to share


@dataclass
class Threads:
    """Seconds that the same batch of queries took."""

    k: int
    queries: int
    one: float
    two: float


@dataclass
class Costs:
    """One engine's; what could not be measured is None."""

    engine: str
    input_bytes: int
    """Of the documents as arrays in memory."""
    failure: str | None = None
    stream_seconds: float | None = None
    stream_peak: int | None = None
    """How much a process grew that built the index from batches which it read one after the other."""
    open_ms: float | None = None
    """Median of new processes; the modules are loaded, the files lie in the system's cache."""
    first_seconds: float | None = None
    """From before the index is opened to the first answer, likewise; compiled code lies in its cache."""
    threads: list[Threads] = field(default_factory=list)


def measure(
    data: Inputs, engines: Sequence[str], ks: Sequence[int], rounds: int, tell: Callable[[str], None]
) -> list[Costs]:
    """Measure the engines among these that can be asked.

    Args:
        data: Documents and queries.
        engines: Names that the registry knows.
        ks: How many hits, for batches; the first answer is for the least.
        rounds: How often a batch is timed with each number of threads, alternating.
        tell: Called with a line whenever something long begins.
    """
    standing = [name for name in engines if registry.stands(name)]
    if not standing:
        return []
    rows = data.documents
    size = rows.data.nbytes + rows.indices.nbytes + rows.indptr.nbytes
    with tempfile.TemporaryDirectory(prefix="lsr-bench-") as name:
        folder = Path(name)
        reading.save(folder / "documents", data.documents)
        reading.save(folder / "queries", data.queries)
        found = [Costs(engine, size) for engine in standing]
        for costs in found:
            tell(f"{costs.engine}: a build from a stream, new processes, threads")
            place = folder / costs.engine
            place.mkdir()
            try:
                _measure(costs, folder, place, ks, rounds)
            except EngineFailedError as error:
                costs.failure = str(error)
    return found


def _measure(costs: Costs, vectors: Path, place: Path, ks: Sequence[int], rounds: int) -> None:
    (place / "index").mkdir()
    with Child(costs.engine, place) as child:
        costs.stream_seconds, costs.stream_peak = child.call(_stream, vectors, place / "index")
    times = []
    for number in range(PROCESSES):
        with Child(costs.engine, place) as child:
            times.append(child.call(_first, vectors, place / "index", min(ks)))
            if number == PROCESSES - 1:
                costs.threads = [child.call(_threads, vectors, k, rounds) for k in ks]
    opened, answered = np.median(times, axis=0)
    costs.open_ms, costs.first_seconds = 1000 * float(opened), float(answered)


def _stream(peer: Standing, vectors: Path, folder: Path) -> tuple[float, int | None]:
    before = memory.start_peak()
    started = time.perf_counter()
    peer.build_stream(reading.stream(vectors / "documents", BATCH), reading.width(vectors / "documents"), folder)
    seconds, peak = time.perf_counter() - started, memory.peak()
    return seconds, None if peak is None or before is None else max(0, peak - before)


def _first(peer: Standing, vectors: Path, folder: Path, k: int) -> tuple[float, float]:
    queries = reading.load(vectors / "queries")
    started = time.perf_counter()
    peer.open(folder)
    opened = time.perf_counter() - started
    query = peer.prepare(queries.indices[: queries.indptr[1]], queries.data[: queries.indptr[1]])
    peer.search(query, k, peer.settings[0])
    return opened, time.perf_counter() - started


def _threads(peer: Standing, vectors: Path, k: int, rounds: int) -> Threads:
    queries = reading.load(vectors / "queries")
    _seconds(peer, queries, k, 2)  # touches pages
    once = _seconds(peer, queries, k, 1)
    numbers = np.tile(np.arange(queries.shape[0]), 1 + int(BATCH_SECONDS / max(once, 1e-4)))
    batch = queries[numbers]
    times = np.array([[_seconds(peer, batch, k, threads) for threads in (1, 2)] for _ in range(rounds)])
    one, two = np.median(times, axis=0)
    return Threads(k, len(numbers), float(one), float(two))


def _seconds(peer: Standing, queries: csr_array, k: int, threads: int) -> float:
    started = time.perf_counter()
    peer.batch(queries, k, threads)
    return time.perf_counter() - started
