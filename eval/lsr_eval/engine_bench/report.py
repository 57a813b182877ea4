"""Figures of engines as Markdown, JSON and a plot."""

import importlib
import json
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from lsr.commands.options import human_bytes
from lsr_eval import markdown
from lsr_eval.engine_bench import machine as machines
from lsr_eval.engine_bench.costs import Costs
from lsr_eval.engine_bench.filtered import Filtered
from lsr_eval.engine_bench.run import Row

COSTS = (
    "Around the queries: a build from documents that are read in batches, and how much its process grew at most, also "
    "as a multiple of the documents' arrays; opening, and opening with the first answer, in new processes with a warm "
    "compile cache (medians); batches on one thread and on two."
)
FILTERED = (
    "lsr with a filter on a stored whole number, drawn at random; first is the first query with it, which asks the "
    "column. × is p50 divided by p50 without a filter, and divided by p50 of asking for so many more hits that k of "
    "them pass; both on one core, in rounds that alternate. Answers are the same."
)


@dataclass(frozen=True)
class Report:
    """One run of the benchmark."""

    command: str
    vectors: str
    documents: int
    postings: int
    queries: int
    rounds: int
    pairs: bool
    """Whether each engine alternated with the reference alone."""
    order: str
    order_seconds: float
    """Spent before anything was built, on all cores."""
    reference: str
    rows: list[Row]
    skipped: dict[str, str]
    """Engines that were asked for and not measured, and why."""
    machine: dict[str, Any] = field(default_factory=machines.describe)
    costs: list[Costs] = field(default_factory=list)
    filtered: list[Filtered] = field(default_factory=list)
    filters_failed: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return asdict(self)

    def markdown(self) -> str:
        """Return what was measured, where and how, and a table."""
        made = f" (made in {self.order_seconds:.1f} s)" if self.order_seconds else ""
        who = f"an engine and {self.reference}" if self.pairs else "engines"
        lines = [
            f"`{self.command}`",
            "",
            f"Vectors: {self.vectors}; {self.postings:,} postings; order: {self.order}{made}.  ",
            f"Machine: {machines.line(self.machine)}.  ",
            f"Latency: one query at a time on one core, {self.rounds} rounds that alternate between {who}; a query's "
            "latency is the median of its rounds, p50 and p99 are over queries. "
            f"× is p50 (p99) divided by {self.reference}'s. Recall is against exact float scores, ties allowed. "
            "Peak is how much a process grew while building, beyond the vectors it was given; resident is how much it "
            "holds while it answers.",
            "",
            *self.table(),
        ]
        if self.costs:
            lines += ["", COSTS, "", *self.costs_table()]
        if self.filtered:
            lines += ["", FILTERED, "", *self.filtered_table()]
        notes = self.notes()
        return "\n".join([*lines, "", *(f"- {note}" for note in notes)] if notes else lines) + "\n"

    def failures(self) -> list[str]:
        """Return what failed, and why, one line each."""
        failed = [f"{row.engine} (k={row.k}): failed, {row.failure}" for row in self.rows if row.failure]
        failed += [f"{costs.engine}: costs failed, {costs.failure}" for costs in self.costs if costs.failure]
        failed += [f"lsr with filters: failed, {self.filters_failed}"] if self.filters_failed else []
        return list(dict.fromkeys(failed))

    def notes(self) -> list[str]:
        """Return what could not be measured, and why, one line each."""
        return [*self.failures(), *(f"{name}: skipped, {reason}" for name, reason in self.skipped.items())]

    def table(self) -> list[str]:
        """Return the lines of a Markdown table: one line an engine, four columns a k."""
        ks = sorted({row.k for row in self.rows})
        heads = ["engine", "build s", "size", "B/posting", "peak", "resident"]
        for k in ks:
            heads += [f"k={k} p50 ms", "p99 ms", "× p50 (p99)", "recall"]
        cells = [heads, ["---"] + ["---:"] * (len(heads) - 1)]
        for engine, group in groupby(self.rows, key=lambda row: row.engine):
            rows = {row.k: row for row in group}
            some = next(iter(rows.values()))
            cells.append(
                [engine, _number(some.build_seconds, ".1f"), _size(some.bytes), self._per_posting(some.bytes),
                 _size(some.peak), _size(some.resident)]
                + [cell for k in ks for cell in _cells(rows.get(k))]
            )  # fmt: skip
        return markdown.aligned(cells)

    def costs_table(self) -> list[str]:
        """Return the lines of a Markdown table of what engines cost around their queries."""
        ks = [threads.k for threads in self.costs[0].threads] if self.costs else []
        heads = ["engine", "order s", "streamed build s", "peak", "× input", "open ms", "first answer s"]
        for k in ks:
            heads += [f"k={k} queries/s", "2 threads", "×"]
        cells = [heads, ["---"] + ["---:"] * (len(heads) - 1)]
        for costs in self.costs:
            peak = None if costs.stream_peak is None else costs.stream_peak / max(1, costs.input_bytes)
            line = [
                costs.engine, _number(self.order_seconds or None, ".1f"), _number(costs.stream_seconds, ".1f"),
                _size(costs.stream_peak), _number(peak, ".2f"), _number(costs.open_ms, ".1f"),
                _number(costs.first_seconds, ".2f"),
            ]  # fmt: skip
            for one in costs.threads:
                line += [f"{one.queries / one.one:,.0f}", f"{one.queries / one.two:,.0f}", f"{one.one / one.two:.2f}"]
            cells.append(line + ["–"] * (len(heads) - len(line)))
        return markdown.aligned(cells)

    def filtered_table(self) -> list[str]:
        """Return the lines of a Markdown table of what filters cost or save."""
        ks = list(dict.fromkeys(one.k for one in self.filtered))
        heads = ["passing", "first ms"]
        for k in ks:
            heads += [f"k={k} p50 ms", "× no filter", "× after"]
        cells = [heads, ["---:"] * len(heads)]
        for share, group in groupby(self.filtered, key=lambda one: one.share):
            found = list(group)
            line = [f"{100 * share:g} %", f"{found[0].first:.2f}"]
            for one in found:
                line += [f"{one.ms:.3f}", f"{one.ms / one.unfiltered:.2f}", f"{one.ms / one.after:.2f}"]
            cells.append(line)
        return markdown.aligned(cells)

    def _per_posting(self, size: int | None) -> str:
        return "–" if size is None else f"{size / max(1, self.postings):.2f}"


def write(folder: Path, report: Report) -> bool:
    """Write `engine.md`, `engine.json` and `engine.png`; return False if matplotlib, and so the plot, is missing."""
    (folder / "engine.json").write_text(json.dumps(report.to_dict(), indent=2) + "\n", encoding="utf-8")
    try:
        plot(folder / "engine.png", report)
    except ModuleNotFoundError:
        (folder / "engine.md").write_text(report.markdown(), encoding="utf-8")
        return False
    (folder / "engine.md").write_text(report.markdown() + "\n![latency](engine.png)\n", encoding="utf-8")
    return True


def plot(path: Path, report: Report) -> None:
    """Draw p50 as bars with a line to p99, one panel a k, on a logarithmic axis.

    Raises:
        ModuleNotFoundError: if matplotlib is not installed.
    """
    figures: Any = importlib.import_module("matplotlib.figure")
    importlib.import_module("matplotlib.backends.backend_agg")
    ks = sorted({row.k for row in report.rows})
    names = list(dict.fromkeys(row.engine for row in report.rows))
    figure = figures.Figure(figsize=(1.5 + 4.5 * len(ks), 1.6 + 0.32 * len(names)), layout="constrained")
    panels = figure.subplots(1, len(ks), squeeze=False, sharey=True)[0]
    for panel, k in zip(panels, ks, strict=True):
        bars = [
            (names.index(row.engine), row.p50_ms, row.p99_ms, row.recall or 0.0, row.engine.startswith("lsr"))
            for row in report.rows
            if row.k == k and row.p50_ms is not None and row.p99_ms is not None
        ]
        for place, middle, high, recall, ours in bars:
            panel.barh(place, middle, color="tab:orange" if ours else "tab:blue")
            panel.hlines(place, middle, high, color="black", linewidth=1)
            panel.annotate(
                f"{middle:.3g} ms, recall {recall:.3f}", (high, place), xytext=(4, 0),
                textcoords="offset points", va="center", fontsize=7,
            )  # fmt: skip
        if bars:  # with room for what is written behind them
            panel.set_xlim(0.5 * min(bar[1] for bar in bars), 8 * max(bar[2] for bar in bars))
        panel.set(xscale="log", title=f"k = {k}", xlabel="ms a query, p50 – p99")
    panels[0].set_yticks(range(len(names)), names)
    panels[0].invert_yaxis()
    figure.suptitle(report.vectors, fontsize=9)
    figure.savefig(path, dpi=120, format="png")


def _cells(row: Row | None) -> list[str]:
    if row is None or row.failure is not None:
        return ["failed" if row else "–", "–", "–", "–"]
    ratio = "–" if row.ratio_p50 is None else f"{row.ratio_p50:.2f} ({row.ratio_p99:.2f})"
    return [_number(row.p50_ms, ".3f"), _number(row.p99_ms, ".3f"), ratio, _number(row.recall, ".4f")]


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _size(value: int | None) -> str:
    return "–" if value is None else human_bytes(value)
