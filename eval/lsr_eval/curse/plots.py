"""Figures of the experiment: measures against the number of documents, one line a system."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from lsr_eval.curse.observations import Cell
from lsr_eval.curse.report import Report

ROOM = 1.5
"""Sizes that lie closer than this ratio have no room for two labels."""


def draw(report: Report) -> dict[str, Figure]:
    """Return the figures by name: `curse`, and `equal-bytes` where dense and sparse systems were compared so."""
    figures = {"curse": _by_size(report)}
    return {**figures, "equal-bytes": _equal_bytes(report)} if report.equal_bytes else figures


def _by_size(report: Report) -> Figure:
    """A panel for each measure."""
    figure = Figure(figsize=(5.5 * len(report.measures), 4.2), layout="constrained")
    panels = figure.subplots(1, len(report.measures), squeeze=False)[0]
    for panel, name in zip(panels, report.measures, strict=True):
        for system in dict.fromkeys(cell.key.system for cell in report.asked):
            cells = [cell for cell in report.asked if cell.key.system == system]
            dashed = any(cell.dims is not None for cell in cells)
            _line(panel, cells, name, system, dashed=dashed)
        _finish(panel, name, report.sizes)
    return figure


def _equal_bytes(report: Report) -> Figure:
    """A row of panels for each sparse system, a panel for each measure."""
    references = list(dict.fromkeys(str(cell.key.as_large_as) for cell in report.equal_bytes))
    shape = len(references), len(report.measures)
    figure = Figure(figsize=(5.5 * shape[1], 3.8 * shape[0]), layout="constrained")
    panels = figure.subplots(*shape, squeeze=False)
    for row, reference in zip(panels, references, strict=True):
        rivals = [cell for cell in report.equal_bytes if cell.key.as_large_as == reference]
        for panel, name in zip(row, report.measures, strict=True):
            _line(panel, [cell for cell in report.asked if cell.key.system == reference], name, reference)
            for system, element in dict.fromkeys((cell.key.system, cell.key.element) for cell in rivals):
                cells = [cell for cell in rivals if (cell.key.system, cell.key.element) == (system, element)]
                _line(panel, cells, name, f"{system} {element}", dashed=True)
            _finish(panel, f"{name}, as many bytes as {reference}", report.sizes)
    return figure


def _line(panel: Any, cells: Sequence[Cell], name: str, label: str, *, dashed: bool = False) -> None:
    ordered = sorted(cells, key=lambda cell: cell.key.size)
    panel.errorbar(
        [cell.key.size for cell in ordered],
        [cell.measures[name] for cell in ordered],
        yerr=[cell.spread[name] if cell.spread else 0.0 for cell in ordered],
        label=label,
        marker="o",
        capsize=2,
        linestyle="--" if dashed else "-",
    )


def labels(sizes: Sequence[int]) -> list[str]:
    """Return a label for each tick of a logarithmic axis, empty where the next one would cover it; the last has one."""
    found, least = [], float("inf")
    for size in reversed(sizes):
        fits = size * ROOM <= least
        found.append(f"{size:,}" if fits else "")
        least = size if fits else least
    return found[::-1]


def _finish(panel: Any, title: str, sizes: Sequence[int]) -> None:
    panel.set(xscale="log", xlabel="documents in the index", title=title)
    panel.set_xticks(sizes, labels(sizes))
    panel.minorticks_off()
    panel.grid(visible=True, alpha=0.3)
    panel.legend(fontsize="small")
