"""Markdown tables that also read well unrendered."""

from collections.abc import Sequence


def aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table: the first column stands left, the others right.

    Args:
        cells: Rows of as many cells each: heads, the line below them, and what follows.
    """
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for first, *others in cells:
        padded = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("| " + " | ".join([first.ljust(widths[0]), *padded]) + " |")
    return lines
