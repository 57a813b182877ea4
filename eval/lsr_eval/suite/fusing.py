"""A fusion as a system of a suite: its run, the weight that it was tuned to, and what it costs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from lsr_eval import fusion
from lsr_eval.runs import Run
from lsr_eval.suite.cells import Cell
from lsr_eval.suite.settings import SystemEntry
from lsr_eval.suite.tasks import Task


def fuse(found: Sequence[Run], system: SystemEntry, weights: Sequence[float], depth: int) -> Run:
    """Make one run of its members' runs; reciprocal ranks have no weights."""
    if system.method == "rrf":
        return fusion.rrf(found, k=system.rrf_k, depth=depth)
    return fusion.weighted(found, weights, cast("Any", system.method), depth=depth)


def tuned(task: Task, system: SystemEntry, one: Run, other: Run) -> tuple[list[float], tuple[str, ...]]:
    """Find the weight of the first of two members that is best by the dataset's first measure.

    Args:
        task: Queries to tune on, others than those that are reported.
        system: The fusion.
        one: The first member's run of these queries.
        other: The second's.

    Returns:
        Both weights, and a note that tells them.
    """
    weight = fusion.tune_weight(one, other, task.data.qrels, task.measures[0], cast("Any", system.method)).weight
    names = system.fuse or ("", "")
    return [weight, 1 - weight], (f"{weight:g} {names[0]} + {1 - weight:g} {names[1]}, tuned on {system.tune_split}",)


def with_costs(cell: Cell, members: Sequence[Cell], notes: tuple[str, ...]) -> Cell:
    """Return a fusion's cell with its members' costs: all of them are asked, and all indexes are kept."""
    sizes = [member.index_bytes for member in members if member.index_bytes is not None]
    return replace(
        cell,
        documents=members[0].documents,
        index_bytes=sum(sizes) if len(sizes) == len(members) else None,
        client_ms={
            name: sum(member.client_ms[name] for member in members)
            for name in ("p50", "p99")
            if all(name in member.client_ms for member in members)
        },
        notes=notes,
    )
