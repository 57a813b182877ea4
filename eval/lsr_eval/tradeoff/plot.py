"""A sweep as a figure: quality against time, and against bytes, with the Pareto front of each."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lsr_eval.tradeoff.report import Report

LABELS = {"time": "p50, × whole vectors searched safely", "bytes": "MB, without stored texts"}


def figure(report: Report) -> Figure:
    """Draw a panel for each cost, logarithmic where costs differ widely; points on the front are joined and named."""
    drawn = Figure(figsize=(11, 4.8), layout="constrained")
    left, right = drawn.subplots(1, 2, sharey=True)
    _panel(left, report, "time", [point.ratio for point in report.points])
    _panel(right, report, "bytes", [point.bytes / 1e6 for point in report.points])
    left.set_ylabel(report.quality)
    folder = Path(report.dataset)
    name = folder.resolve().name if folder.is_dir() else report.dataset
    drawn.suptitle(f"{report.model} on {name} ({report.split})", fontsize=10)
    return drawn


def _panel(panel: Axes, report: Report, cost: str, costs: list[float]) -> None:
    qualities = [point.measures[report.quality] for point in report.points]
    panel.plot(costs, qualities, "o", color="tab:gray", alpha=0.5, markersize=4)
    marks = report.fronts[cost]
    best = sorted((costs[n], qualities[n], point.name) for n, point in enumerate(report.points) if marks[n])
    panel.plot([one[0] for one in best], [one[1] for one in best], "o-", color="tab:orange", drawstyle="steps-post")
    for x, y, name in best:
        panel.annotate(name, (x, y), xytext=(4, -9), textcoords="offset points", fontsize=7)
    panel.set(xscale="log" if max(costs) > 10 * min(costs) else "linear", xlabel=LABELS[cost])
    panel.grid(alpha=0.3)
