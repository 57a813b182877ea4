"""A whole suite measured: cells, averages, comparisons and cases, ready to be told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lsr_eval import results, significance
from lsr_eval.engine_bench import machine
from lsr_eval.published import Published, published
from lsr_eval.runs import Run
from lsr_eval.significance import Comparison
from lsr_eval.suite.cells import Cell
from lsr_eval.suite.settings import Suite
from lsr_eval.suite.tasks import Task
from lsr_eval.suite.why import Case, Explainer
from lsr_eval.suite.workshop import Workshop

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Row:
    """One dataset: every system on it."""

    label: str
    split: str
    measures: list[str]
    cells: dict[str, Cell]
    keys: dict[str, str]
    comparisons: dict[str, Comparison] = field(default_factory=dict)
    """Of each system but the baseline, by the suite's measure for significance."""
    cases: dict[str, tuple[list[Case], list[Case]]] = field(default_factory=dict)
    """Most hurt and most helped queries of each system."""
    published: list[Published] = field(default_factory=list)

    def value(self, system: str, measure: str) -> float:
        """Return a mean."""
        return self.cells[system].measures[measure]


@dataclass(frozen=True)
class Outcome:
    """Everything that a report tells."""

    suite: Suite
    rows: list[Row]
    versions: dict[str, str]
    machine: str

    def shared_measures(self) -> list[str]:
        """Return the measures that every dataset has, in the first one's order: what averages are over."""
        return [name for name in self.rows[0].measures if all(name in row.measures for row in self.rows)]

    def average(self, system: str, measure: str) -> float:
        """Return the mean over datasets."""
        return float(np.mean([row.value(system, measure) for row in self.rows]))

    def mean_of(self, system: str, figure: Callable[[Cell], float | None]) -> float | None:
        """Return a figure's mean over the datasets, None where one lacks it."""
        values = [figure(row.cells[system]) for row in self.rows]
        return None if any(value is None for value in values) else float(np.mean([value or 0.0 for value in values]))


def measure(suite: Suite, folder: Path, tell: Tell = lambda _: None) -> Outcome:
    """Measure what is not known yet, and compare.

    Args:
        suite: What to measure.
        folder: Where cells, indexes and vectors are kept, and looked for.
        tell: Called with a line for each cell.

    Raises:
        LsrError: if a dataset, model, index or run cannot be used; what was measured stays.
    """
    workshop = Workshop(folder, suite.k)
    tasks = [Task(entry, suite.measures) for entry in suite.datasets]
    return Outcome(suite, [_row(suite, workshop, task, tell) for task in tasks], results.versions(), _machine())


def _machine() -> str:
    return machine.line(machine.describe(packages=()))


def _row(suite: Suite, workshop: Workshop, task: Task, tell: Tell) -> Row:
    others = {system.name: system for system in suite.systems}
    cells: dict[str, Cell] = {}
    found: dict[str, Run] = {}
    keys: dict[str, str] = {}
    names = [str(one) for one in task.measures]
    for system in suite.systems:
        keys[system.name], cells[system.name], found[system.name] = workshop.cell(task, system, others)
        tell(f"{task.entry.label}: {system.name} {names[0]} {cells[system.name].measures[names[0]]:.4f}")
    row = Row(task.entry.label, task.data.split, names, cells, keys)
    row.published.extend(published(task.entry.name, split=task.data.split) if suite.published else [])
    if suite.baseline is not None:
        _compare(suite, task, row, found)
    return row


def _compare(suite: Suite, task: Task, row: Row, found: Mapping[str, Run]) -> None:
    assert suite.baseline is not None
    decisive = suite.significance.measure or row.measures[0]
    values = {
        name: {query: figures[decisive] for query, figures in cell.per_query.items()}
        for name, cell in row.cells.items()
    }
    compared: list[Any] = significance.compare(
        values, suite.baseline, test=suite.significance.test, correction=suite.significance.correction
    )
    row.comparisons.update({one.system: one for one in compared})
    base = suite.baseline
    for name, cell in row.cells.items():
        if name != base:
            explainer = Explainer(task, cell, found[name], row.cells[base], found[base])
            row.cases[name] = explainer.cases(decisive, suite.queries_shown)
