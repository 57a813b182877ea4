"""A sweep as Markdown, JSON and plots."""

import importlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lsr.commands.options import human_bytes
from lsr_eval import markdown
from lsr_eval.engine_bench import machine as machines
from lsr_eval.tradeoff.pareto import front
from lsr_eval.tradeoff.points import Point

NAME = "tradeoff"
HOW = (
    "A setting names what differs from whole vectors, 8-bit impacts and safe search: top, the heaviest terms of a "
    "document that stay; min, the share of its heaviest weight that others must reach; exact, bits of the weights that "
    "hits are rescored with; query, the heaviest terms of a query; over, blocks and share, what approximate search "
    "leaves out. Each query is searched by itself on one thread, and not encoded here; × is p50 divided by that of "
    "whole vectors, which are asked in turn with every other setting: it holds where the machine's own pace drifts, as "
    "the p50 of two rows need not. Recall is against a safe search of the same vectors. Bytes are without stored texts."
)


@dataclass(frozen=True)
class Report:
    """One sweep."""

    command: str
    dataset: str
    split: str
    model: str
    measures: tuple[str, ...]
    """The first is the quality that fronts are drawn for."""
    k: int
    rounds: int
    points: tuple[Point, ...]
    machine: dict[str, Any] = field(default_factory=machines.describe)

    @property
    def quality(self) -> str:
        """The measure that fronts are drawn for."""
        return self.measures[0]

    @cached_property
    def fronts(self) -> dict[str, list[bool]]:
        """Whether each point is on the Pareto front of quality against `time`, and against `bytes`."""
        qualities = [point.measures[self.quality] for point in self.points]
        costs = {
            "time": [point.ratio for point in self.points],
            "bytes": [float(point.bytes) for point in self.points],
        }
        return {name: front(values, qualities) for name, values in costs.items()}

    def on(self, number: int) -> list[str]:
        """Return the fronts that a point is on."""
        return [name for name, marks in self.fronts.items() if marks[number]]

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {
            **{key: value for key, value in vars(self).items() if key not in ("points", "fronts")},
            "points": [{**point.to_dict(), "fronts": self.on(number)} for number, point in enumerate(self.points)],
        }

    def table(self) -> str:
        """Return a Markdown table of the points, with those on a front marked."""
        heads = ["setting", *self.measures, "p50 ms", "p99 ms", "×", "recall", "bytes", "postings", "terms", "front"]
        cells = [heads, ["---", *["---:"] * (len(heads) - 1)]]
        for number, point in enumerate(self.points):
            cells.append(
                [
                    point.name, *(f"{point.measures[name]:.4f}" for name in self.measures),
                    f"{point.p50_ms:.3f}", f"{point.p99_ms:.3f}", f"{point.ratio:.2f}", f"{point.recall:.4f}",
                    human_bytes(point.bytes), f"{point.postings:,}",
                    f"{point.document_terms:.0f} · {point.query_terms:.1f}", " ".join(self.on(number)),
                ]
            )  # fmt: skip
        return "\n".join(markdown.aligned(cells))

    def markdown(self) -> str:
        """Return what was measured, where and how, and the table."""
        first = self.points[0]
        return "\n".join(
            [
                f"`{self.command}`",
                "",
                f"{self.model} on {self.dataset} ({self.split}): {first.documents:,} documents, {first.queries:,} "
                f"queries, {self.k} hits each, each asked {self.rounds} times.  ",
                f"Machine: {machines.line(self.machine)}.  ",
                HOW
                + f" Terms are the mean non-zero weights of a document and of a query. A point is on a front where no "
                f"other has as much {self.quality} at as low a cost, × or bytes, and is better in one of the two.",
                "",
                self.table(),
            ]
        )


def write(folder: Path, report: Report) -> bool:
    """Write `tradeoff.md`, `.json`, `.png` and `.svg`; return False if matplotlib, and so the plots, are missing."""
    (folder / f"{NAME}.json").write_text(json.dumps(report.to_dict(), indent=2) + "\n", encoding="utf-8")
    try:
        plot = importlib.import_module("lsr_eval.tradeoff.plot")
    except ModuleNotFoundError:
        (folder / f"{NAME}.md").write_text(report.markdown() + "\n", encoding="utf-8")
        return False
    figure = plot.figure(report)
    for form in ("png", "svg"):
        figure.savefig(folder / f"{NAME}.{form}", dpi=120, format=form)
    (folder / f"{NAME}.md").write_text(f"{report.markdown()}\n\n![fronts]({NAME}.png)\n", encoding="utf-8")
    return True
