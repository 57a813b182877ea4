"""Rounds that alternate between the engine and the service, for each number of clients."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from lsr_eval import side_by_side
from lsr_eval.latency import percentile
from lsr_eval.serve_bench import child
from lsr_eval.serve_bench.clients import Load
from lsr_eval.serve_bench.server import serving

ENGINE, SERVICE, BESIDE = "engine", "service", "beside"
"""The bare engine; the service on the same index; the service on the other index."""


@dataclass(frozen=True)
class Row:
    """One way to ask, with so many clients; medians over the rounds."""

    clients: int
    system: str
    per_second: float
    p50_ms: float
    p99_ms: float
    failures: int
    p99_above_engine_ms: float | None
    """p99 less the engine's of the same round; None for the engine."""
    p50_to_beside: float | None
    """p50 divided by that of the other index in the same round; None but for the service, or where there is none."""


def measure(
    index: Path,
    beside: Path | None,
    queries: Sequence[str],
    *,
    clients: Sequence[int],
    seconds: float,
    rounds: int,
    size: int,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """Measure.

    Args:
        index: Searched by the engine, and by the service.
        beside: Another index of the same documents, searched through the service too.
        queries: Texts.
        clients: Numbers of them.
        seconds: That each load lasts.
        rounds: How often each is repeated.
        size: Hits a query, with their stored documents.
        tell: Called with a line whenever something long begins.

    Raises:
        ServerFailedError: if the service does not start.
        ComparedFailedError: if a load fails.
    """
    systems = [ENGINE, SERVICE, *([BESIDE] if beside else [])]
    indexes = {SERVICE: index, **({BESIDE: beside} if beside else {})}
    rows: list[Row] = []
    # The clients have a process too, so that the engine shares its interpreter with none of them.
    with serving(indexes) as server, side_by_side.processes(["engine", "clients"]) as ask:
        ask("engine", child.prepare, index, queries, size)

        def load(system: str, count: int, duration: float) -> Load:
            if system == ENGINE:
                found: Load = ask("engine", child.load_engine, count, duration)
            else:
                found = ask("clients", child.load_service, server.port, system, queries, size, count, duration)
            return found

        for system in systems:
            load(system, max(clients), min(1.0, seconds))  # what is loaded at the first call is there
        for count in clients:
            tell(f"{count} clients")
            loads: dict[str, list[Load]] = {system: [] for system in systems}
            for system in side_by_side.turns(systems, rounds, tell):
                loads[system].append(load(system, count, seconds))
            rows += [_row(system, count, loads) for system in systems]
    return rows


def _row(system: str, clients: int, loads: dict[str, list[Load]]) -> Row:
    own = loads[system]
    p50, p99 = _percentiles(own, 50), _percentiles(own, 99)
    above = ratio = None
    if system != ENGINE:
        above = median(mine - engine for mine, engine in zip(p99, _percentiles(loads[ENGINE], 99), strict=True))
    if system == SERVICE and BESIDE in loads:
        ratio = median(mine / other for mine, other in zip(p50, _percentiles(loads[BESIDE], 50), strict=True))
    return Row(
        clients,
        system,
        median(len(load.times) / load.seconds for load in own),
        median(p50),
        median(p99),
        sum(load.failures for load in own),
        above,
        ratio,
    )


def _percentiles(loads: Sequence[Load], percent: float) -> list[float]:
    return [1000 * percentile(load.times, percent) for load in loads]
