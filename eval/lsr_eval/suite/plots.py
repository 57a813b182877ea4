"""Pictures of an outcome, as matplotlib figures."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

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
    axes.legend(fontsize=8, ncols=min(4, len(systems)))
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def cost(outcome: Outcome) -> Figure | None:
    """Draw mean quality against time and bytes, a point a system; None where nothing has a cost."""
    measure = next(iter(outcome.shared_measures()), None)
    if measure is None:
        return None
    points = []
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
        _scatter(axes, [(point[0], point[column], point[1]) for point in points], label)  # type: ignore[misc]
    sides[0].set_ylabel(f"mean {measure}")
    return figure


def queries(outcome: Outcome) -> Figure:
    """Draw every query's difference to the baseline, sorted, a line a system."""
    columns = min(4, len(outcome.rows))
    lines = -(-len(outcome.rows) // columns)
    figure = Figure(figsize=(3.2 * columns, 2.6 * lines), layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes, row in zip(grid, outcome.rows, strict=False):
        _differences(axes, row, str(outcome.suite.baseline))
    for axes in grid[len(outcome.rows) :]:
        axes.set_visible(False)
    grid[0].legend(fontsize=7)
    return figure


def _scatter(axes: Axes, points: list[tuple[str, float, float]], label: str) -> None:
    for name, across, up in points:
        axes.plot(across, up, "o")
        axes.annotate(name, (across, up), textcoords="offset points", xytext=(5, 4), fontsize=8)
    axes.set_xscale("log")
    axes.set_xlabel(label)
    axes.margins(0.2)
    axes.spines[["top", "right"]].set_visible(False)


def _differences(axes: Axes, row: Row, baseline: str) -> None:
    base, measure = row.cells[baseline].per_query, row.measures[0]
    for system, cell in row.cells.items():
        if system != baseline:
            gaps = sorted((figures[measure] - base[query][measure] for query, figures in cell.per_query.items()))
            axes.plot(gaps[::-1], label=system, linewidth=1)
    axes.axhline(0, color="grey", linewidth=0.5)
    axes.set_title(f"{row.label}: {measure} less {baseline}'s", fontsize=8)
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
