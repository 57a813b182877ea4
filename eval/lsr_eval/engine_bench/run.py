"""Build every engine, check its answers, and time it in rounds that alternate between engines.

On a machine that others share, one engine measured after another compares moments, not engines. So all processes stay
alive and each round asks every engine all the queries; a query's latency is the median of its rounds, and percentiles
are over queries. Only one process works at a time, on one core.
"""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lsr_eval.engine_bench import inputs as reading
from lsr_eval.engine_bench.child import Built, Child, EngineFailedError
from lsr_eval.engine_bench.inputs import Inputs
from lsr_eval.engine_bench.truth import Quality, Truth

Tell = Callable[[str], None]


@dataclass
class Row:
    """One engine in one setting at one k; what could not be measured is None."""

    engine: str
    k: int
    failure: str | None = None
    build_seconds: float | None = None
    bytes: int | None = None
    peak: int | None = None
    resident: int | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    ratio_p50: float | None = None
    """p50 divided by the reference's of the same rounds: above 1 is slower than the reference."""
    ratio_p99: float | None = None
    recall: float | None = None
    worst_recall: float | None = None
    returned: float | None = None


@dataclass
class _Case:
    """One engine's process in one setting at one k: what rounds alternate between."""

    label: str
    child: Child
    built: Built
    setting: str
    k: int
    quality: Quality | None = None
    rounds: list[NDArray[np.float64]] = field(default_factory=list)
    failure: str | None = None

    def check(self, truth: Truth) -> None:
        """Compare the answers with the exact ones; this pass warms up too: it compiles code and touches pages."""
        try:
            self.quality = truth.quality(self.child.answers(self.k, self.setting), self.k)
        except EngineFailedError as error:
            self.failure = str(error)

    def time(self) -> None:
        """Time one round, unless something failed before."""
        if self.failure is None:
            try:
                self.rounds.append(self.child.round(self.k, self.setting))
            except EngineFailedError as error:
                self.failure = str(error)

    def percentiles(self) -> tuple[float, float] | None:
        """Return p50 and p99 over queries, of each query's median over rounds, in milliseconds."""
        if self.failure is not None or not self.rounds:
            return None
        each = 1000 * np.median(self.rounds, axis=0)
        return float(np.percentile(each, 50)), float(np.percentile(each, 99))


def measure(
    data: Inputs,
    engines: Sequence[str],
    ks: Sequence[int],
    *,
    rounds: int = 3,
    pairs: bool = False,
    tell: Tell = lambda _: None,
) -> list[Row]:
    """Measure engines on the same vectors.

    Args:
        data: Documents and queries.
        engines: Names that the registry knows and that are installed; the first is the reference of ratios.
        ks: How many hits.
        rounds: How often every query is timed.
        pairs: Let each engine alternate with the reference alone, so that at most two are in memory at a time.
        tell: Called with a line whenever something long begins.
    """
    tell("scoring all documents exactly")
    session = _Session(ks, rounds, Truth(data.documents, data.queries, max(ks)), tell)
    others = list(engines[1:])
    groups = [[other] for other in others] if pairs and others else [others]
    with tempfile.TemporaryDirectory(prefix="lsr-bench-") as name, ExitStack() as stack:
        session.folder = Path(name)
        reading.save(session.folder / "documents", data.documents)
        reading.save(session.folder / "queries", data.queries)
        reference, reference_rows = session.start(engines[:1], stack)
        rows: list[Row] = []
        for number, group in enumerate(groups):
            with ExitStack() as members:
                cases, failed = session.start(group, members)
                session.alternate([*reference, *cases])
                if number == 0:
                    reference_rows += [_row(case, reference) for case in reference]
                rows += [*failed, *(_row(case, reference) for case in cases)]
    return reference_rows + rows


@dataclass
class _Session:
    ks: Sequence[int]
    rounds: int
    truth: Truth
    tell: Tell
    folder: Path = Path()

    def start(self, engines: Sequence[str], stack: ExitStack) -> tuple[list[_Case], list[Row]]:
        """Build engines one after the other and check their answers; the stack ends their processes."""
        cases: list[_Case] = []
        failed: list[Row] = []
        for engine in engines:
            place = self.folder / "engines" / engine
            (place / "index").mkdir(parents=True)
            self.tell(f"{engine}: building")
            stack.callback(shutil.rmtree, place, ignore_errors=True)  # indexes of many engines fill a disk
            child = Child(engine, place)
            stack.callback(child.close)
            try:
                built = child.build(self.folder, place / "index")
            except EngineFailedError as error:
                self.tell(f"{engine}: {error}")
                failed += [Row(engine, k, failure=str(error)) for k in self.ks]
                child.close()  # gives its memory back now
                continue
            self.tell(f"{engine}: built in {built.seconds:.1f} s, now checking its answers")
            for setting in built.settings:
                label = f"{engine} {setting}" if len(built.settings) > 1 else engine
                cases += [_Case(label, child, built, setting, k) for k in self.ks]
        for case in cases:
            case.check(self.truth)
        return cases, failed

    def alternate(self, cases: list[_Case]) -> None:
        """Time all cases anew."""
        for case in cases:
            case.rounds.clear()
        for number in range(self.rounds):
            self.tell(f"round {number + 1} of {self.rounds}")
            # Another one begins each time: nobody always comes right after the same neighbour.
            first = number % max(1, len(cases))
            for case in cases[first:] + cases[:first]:
                case.time()


def _row(case: _Case, references: list[_Case]) -> Row:
    row = Row(
        case.label, case.k, case.failure, case.built.seconds, case.built.bytes, case.built.peak, case.built.resident
    )
    if case.quality is not None:
        row.recall, row.worst_recall, row.returned = case.quality.recall, case.quality.worst, case.quality.returned
    times = case.percentiles()
    if times is not None:
        row.p50_ms, row.p99_ms = times
        # The reference's first setting is the one that ratios are of.
        unit = next((other.percentiles() for other in references if other.k == case.k), None)
        if unit is not None:
            row.ratio_p50, row.ratio_p99 = times[0] / unit[0], times[1] / unit[1]
    return row
