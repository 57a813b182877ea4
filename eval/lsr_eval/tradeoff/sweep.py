"""Go through settings, measure what is not measured yet, and keep every point."""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from ir_measures import Measure

from lsr_eval import content
from lsr_eval import measures as measuring
from lsr_eval.datasets import Dataset
from lsr_eval.effectiveness import QueryVectors
from lsr_eval.latency import percentile
from lsr_eval.tradeoff.building import build
from lsr_eval.tradeoff.points import Point, Points
from lsr_eval.tradeoff.settings import WHOLE, Setting
from lsr_eval.tradeoff.timing import Answers, Contender, in_turn
from lsr_index import tuning
from lsr_index.index import SparseIndex
from lsr_index.progress import Bars, silent

POINTS, VARIANTS = "points", "variants"
FORMAT = 1
"""Of points: a change of how they are measured makes old ones unknown."""


@dataclass(frozen=True)
class Task:
    """What is swept, and how it is measured.

    Attributes:
        dataset: Queries and judgements.
        source: Index of its corpus that vectors are cut from.
        queries: As encoded.
        measures: From `measures.parse`; none looks at more than k hits.
        k: Hits a query, for quality and time alike.
        rounds: How often each query is timed.
        exclude_self: Drop hits whose id is the query's own.
    """

    dataset: Dataset
    source: SparseIndex
    queries: QueryVectors
    measures: Sequence[Measure]
    k: int = 10
    rounds: int = 3
    exclude_self: bool = False

    @property
    def identity(self) -> str:
        """A hash over all that figures depend on beside the setting."""
        held = {**asdict(self.source.manifest), "generation": 0, "tuned": None, "log": "", "next_segment": 0}
        rows = self.queries.rows
        asked = (self.queries.ids, rows.indptr.tolist(), rows.indices.tolist(), rows.data.tolist())
        how = ([str(measure) for measure in self.measures], self.k, self.rounds, self.exclude_self)
        return content.key("tradeoff", FORMAT, held, asked, self.dataset.qrels, how)


def sweep(task: Task, settings: Sequence[Setting], folder: Path, bars: Bars = silent) -> list[Point]:
    """Measure all settings and return a point for each; those that the folder has are not measured again.

    Args:
        task: What is swept.
        settings: From `settings.grid`: those of one index stand together.
        folder: Keeps the points; the indexes of a moment are built there too, and removed.
        bars: Shows progress.
    """
    points = Points(folder / POINTS, task.identity)
    missing = unmeasured(task, settings, folder)
    if missing:
        with _workshop(folder / VARIANTS) as place:
            whole, seconds = _built(task.source, WHOLE, place, bars)
            for wanted, group in groupby(missing, key=lambda one: one.of_index):
                index, taken = (whole, seconds) if wanted == WHOLE else _built(task.source, wanted, place, bars)
                for measured in _measured(task, whole, index, list(group), taken, bars):
                    points.put(measured)
                if wanted != WHOLE:
                    shutil.rmtree(index.path)
    return [point for one in settings if (point := points.get(one)) is not None]


def unmeasured(task: Task, settings: Sequence[Setting], folder: Path) -> list[Setting]:
    """Return the settings that a folder has no point for."""
    points = Points(folder / POINTS, task.identity)
    return [one for one in settings if points.get(one) is None]


@contextmanager
def _workshop(place: Path) -> Iterator[Path]:
    shutil.rmtree(place, ignore_errors=True)  # of a sweep that was killed
    place.mkdir()
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _built(source: SparseIndex, setting: Setting, place: Path, bars: Bars) -> tuple[SparseIndex, float]:
    started = time.perf_counter()
    index = build(source, setting, place / setting.of_index.name, bars=bars)
    return index, time.perf_counter() - started


def _measured(
    task: Task, whole: SparseIndex, index: SparseIndex, group: Sequence[Setting], build_seconds: float, bars: Bars
) -> list[Point]:
    rows = task.queries.rows
    others = [Contender(one, index, one.queries(rows)) for one in group if one != WHOLE]
    contenders = [Contender(WHOLE, whole, rows), *others]
    with bars(f"searching {group[0].of_index.name}", task.rounds * rows.shape[0]) as progress:
        answers = in_turn(contenders, task.k + task.exclude_self, task.rounds, progress)
    reference = percentile(answers[0].ms.tolist(), 50)
    first = 0 if WHOLE in group else 1
    return [
        _point(task, contender, answer, reference, build_seconds)
        for contender, answer in zip(contenders[first:], answers[first:], strict=True)
    ]


def _point(task: Task, contender: Contender, answers: Answers, reference: float, build_seconds: float) -> Point:
    setting, index = contender.setting, contender.index
    recall, recall_lower = _recall(contender, answers, task.k + task.exclude_self)
    times = answers.ms.tolist()
    middle = percentile(times, 50)
    return Point(
        setting=setting,
        measures=measuring.evaluate(task.dataset.qrels, _run(task, answers), task.measures).means,
        p50_ms=middle,
        p99_ms=percentile(times, 99),
        ratio=middle / reference,
        recall=recall,
        recall_lower=recall_lower,
        queries=len(answers.hits),
        bytes=index.bytes,
        documents=len(index),
        postings=index.manifest.postings,
        query_terms=contender.rows.nnz / contender.rows.shape[0],
        build_seconds=round(build_seconds, 3),
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _run(task: Task, answers: Answers) -> dict[str, dict[str, float]]:
    run = {}
    for query, hits in zip(task.queries.ids, answers.hits, strict=True):
        found = zip(hits.ids, hits.scores.tolist(), strict=True)
        run[query] = dict([hit for hit in found if not (task.exclude_self and hit[0] == query)][: task.k])
    return run


def _recall(contender: Contender, answers: Answers, k: int) -> tuple[float, float]:
    if contender.setting.safe:
        return 1.0, 1.0
    safely = Contender(contender.setting.safely, contender.index, contender.rows)
    safe = [safely.ask(contender.rows[[number]], k) for number in range(len(answers.hits))]
    pairs = [(one, other) for one, other in zip(safe, answers.hits, strict=True) if len(one)]
    if not pairs:
        return 1.0, 1.0
    found = tuning.recalls([one for one, _ in pairs], [other for _, other in pairs])
    return float(found.mean()), tuning.lower_bound(found)
