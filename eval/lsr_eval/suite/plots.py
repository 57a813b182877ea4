"""Pictures of an outcome, as matplotlib figures."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from lsr_eval.suite.outcome import Outcome, Row


def figures(outcome: Outcome) -> dict[str, Figure]:
    """Return all pictures by file name."""
    found = {"quality.png": quality(outcome)}
    if (scattered := cost(outcome)) is not None:
        found["cost.png"] = scattered
    if outcome.suite.baseline is not None and len(outcome.suite.systems) > 1:
        found["queries.png"] = queries(outcome)
    return found


def quality(outcome: Outcome) -> Figure:
    """Draw each dataset's first measure, a bar a system."""
    systems = [system.name for system in outcome.suite.systems]
    figure = Figure(figsize=(max(6.0, 1.4 * len(outcome.rows) + 2), 4), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(systems)
    for number, system in enumerate(systems):
        heights = [row.value(system, row.measures[0]) for row in outcome.rows]
        places = [place + (number - (len(systems) - 1) / 2) * width for place in range(len(outcome.rows))]
        axes.bar(places, heights, width, label=system)
    names = [f"{row.label}\n{row.measures[0]}" for row in outcome.rows]
    axes.set_xticks(range(len(names)), names, fontsize=8)
    figure.legend(loc="outside upper left", fontsize=8, ncols=min(6, len(systems)), frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def cost(outcome: Outcome) -> Figure | None:
    """Draw mean quality against time and bytes, a point a system; None where nothing has a cost."""
    measure = next(iter(outcome.shared_measures()), None)
    if measure is None:
        return None
    points = []
    colours = _colours(outcome)
    for system in (system.name for system in outcome.suite.systems):
        milliseconds = outcome.mean_of(system, lambda cell: cell.client_ms.get("p50"))
        size = outcome.mean_of(system, lambda cell: cell.index_bytes)
        if milliseconds is not None and size is not None:
            points.append((system, outcome.average(system, measure), milliseconds, size / 2**20))
    if not points:
        return None
    figure = Figure(figsize=(9, 4), layout="constrained")
    sides = figure.subplots(1, 2, sharey=True)
    for axes, column, label in ((sides[0], 2, "text to ten hits, p50 ms"), (sides[1], 3, "index, MiB a dataset")):
        _scatter(axes, [(point[0], point[column], point[1]) for point in points], label, colours)  # type: ignore[misc]
    sides[0].set_ylabel(f"mean {measure}")
    return figure


def queries(outcome: Outcome) -> Figure:
    """Draw every query's difference to the baseline, sorted, a line a system."""
    columns, colours = min(4, len(outcome.rows)), _colours(outcome)
    lines = -(-len(outcome.rows) // columns)
    figure = Figure(figsize=(3.2 * columns, 2.6 * lines), layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes, row in zip(grid, outcome.rows, strict=False):
        _differences(axes, row, str(outcome.suite.baseline), colours)
    for axes in grid[len(outcome.rows) :]:
        axes.set_visible(False)
    handles, names = grid[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper left", fontsize=8, ncols=min(6, len(names)), frameon=False)
    figure.supxlabel("queries, by their difference", fontsize=8)
    return figure


def _colours(outcome: Outcome) -> dict[str, str]:
    """Return the colour that a system has in every picture."""
    return {system.name: f"C{number % 10}" for number, system in enumerate(outcome.suite.systems)}


def _scatter(axes: Axes, points: list[tuple[str, float, float]], label: str, colours: dict[str, str]) -> None:
    least, most = min(point[1] for point in points), max(point[1] for point in points)
    for name, across, up in points:
        axes.plot(across, up, "o", color=colours[name])
        left = across * across > least * most  # right of the middle, where a name to the right would leave the picture
        axes.annotate(
            name, (across, up), textcoords="offset points", xytext=(-5 if left else 5, 5), fontsize=8,
            horizontalalignment="right" if left else "left",
        )  # fmt: skip
    axes.set_xscale("log")
    for which in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
        which(FuncFormatter(_plain))
    axes.set_xlabel(label)
    axes.margins(0.2)
    axes.spines[["top", "right"]].set_visible(False)


def _plain(value: float, _: int) -> str:
    """Label 1, 2 and 5 of each decade."""
    return f"{value:g}" if f"{value:e}"[0] in "125" else ""


def _differences(axes: Axes, row: Row, baseline: str, colours: dict[str, str]) -> None:
    base, measure = row.cells[baseline].per_query, row.measures[0]
    for system, cell in row.cells.items():
        if system != baseline:
            gaps = sorted((figures[measure] - base[query][measure] for query, figures in cell.per_query.items()))
            axes.plot(gaps[::-1], label=system, linewidth=1, color=colours[system])
    axes.axhline(0, color="grey", linewidth=0.5)
    axes.set_title(f"{row.label}: {measure} less {baseline}'s", fontsize=8)
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
