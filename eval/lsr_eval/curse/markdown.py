"""The outcome of the experiment, for people: tables, and what they can and cannot say."""

from collections.abc import Callable, Sequence
from itertools import groupby

from lsr_eval.curse.observations import Cell
from lsr_eval.curse.report import Distractors, Report

LIMITS: dict[Distractors, str] = {
    "documents": (
        "Distractors were not judged for these queries: one that ranks high may be a good answer, and what looks like "
        "a loss then is none. Those of other collections differ from the judged documents in topic and style, and so "
        "are easier to tell apart than as many documents of the same collection."
    ),
    "strings": (
        "Random strings are no text that anybody indexes: they show how much room a vector space leaves to noise, not "
        "what becomes of the queries among real documents."
    ),
}


def page(report: Report, plots: Sequence[str] = ()) -> str:
    """Return `curse.md`, which shows the plots of these file names."""
    parts = ["# Quality as the index grows", f"`{report.configuration['command']}`", _facts(report), *tables(report)]
    parts += [f"![{name.removesuffix('.png')}]({name})" for name in plots]
    parts += ["## What this shows, and what it cannot", _changes(report), _limits(report)]
    return "\n\n".join([*parts, report.note] if report.note else parts) + "\n"


def tables(report: Report) -> list[str]:
    """Return a table for each measure, for noise and for bytes, with a column a size; and one at equal bytes."""
    found = [
        _by_size(report, f"{name} (last column: largest size / smallest)", _value_of(name), kept=name)
        for name in report.measures
    ]
    found.append(_by_size(report, "Best hit is a distractor, %", lambda cell: f"{100 * cell.distractor_first:.1f}"))
    found.append(_by_size(report, "Bytes a document", _bytes_each))
    return [*found, _equal_bytes(report)] if report.equal_bytes else found


def _facts(report: Report) -> str:
    pool, configuration = report.pool, report.configuration
    kind = "random strings" if report.distractors == "strings" else "other documents"
    origin = f" of the same and of {', '.join(pool.others)}" if pool.others else ""
    orders = max(cell.repeats for cell in report.cells)
    lines = [
        f"{len(pool.qrels):,} queries of {', '.join(pool.asked)}. The {pool.fixed:,} documents judged for them are in "
        f"every index; up to {max(report.sizes) - pool.fixed:,} of {pool.distractors:,} {kind}{origin} are added in "
        f"{'one random order' if orders == 1 else f'{orders} random orders (± is the standard deviation)'}: a larger "
        "index holds the smaller ones."
    ]
    if pool.missing:
        lines.append(f"{pool.missing:,} judged documents are in no corpus.")
    if pool.duplicates:
        lines.append(f"{pool.duplicates:,} documents that read like a judged one were left out.")
    lines.append(
        "Sparse systems are searched in an index of lsr's own for each size, with impacts of 8 bits; dense ones by all "
        f"inner products ({configuration['projection']} to fewer dimensions). Bytes are those of vectors and, for "
        "sparse systems, of all that leads to postings: no ids, texts or vocabularies. Most bytes of a small index are "
        "those of tables with a row a term."
    )
    versions = ", ".join(f"{name} {number}" for name, number in configuration["versions"].items())
    return " ".join(lines) + f"  \nVersions: {versions}."


def _by_size(report: Report, title: str, show: Callable[[Cell], str], kept: str | None = None) -> str:
    sizes = report.sizes
    rows = [["system", *(f"{size:,}" for size in sizes), *(["kept"] if kept else [])]]
    for name in dict.fromkeys(cell.key.system for cell in report.asked):
        found = {cell.key.size: cell for cell in report.asked if cell.key.system == name}
        row = [name, *(show(found[size]) for size in sizes)]
        if kept:
            first, last = (found[size].measures[kept] for size in (sizes[0], sizes[-1]))
            row.append(f"{last / first:.3f}" if first else "–")
        rows.append(row)
    return f"**{title}**\n\n{_table(rows)}"


def _equal_bytes(report: Report) -> str:
    sparse = {(cell.key.system, cell.key.size): cell for cell in report.asked}
    rows = [["documents", "system", "dims", "bytes a document", *report.measures]]
    cells = sorted(report.equal_bytes, key=lambda cell: cell.key.size)
    for (size, reference), group in groupby(cells, key=lambda cell: (cell.key.size, str(cell.key.as_large_as))):
        rows.append(_line(sparse[reference, size], reference, report.measures))
        rows += [_line(cell, f"{cell.key.system} {cell.key.element}", report.measures) for cell in group]
    return (
        "**Equal bytes: as many dimensions as fit into what the sparse system above takes, or all that there are**"
        f"\n\n{_table(rows)}"
    )


def _line(cell: Cell, system: str, names: Sequence[str]) -> list[str]:
    dims = "–" if cell.dims is None else str(cell.dims)
    return [f"{cell.key.size:,}", system, dims, _bytes_each(cell), *(_value_of(name)(cell) for name in names)]


def _changes(report: Report) -> str:
    first, last = report.sizes[0], report.sizes[-1]
    name = report.measures[0]
    values = {(cell.key.system, cell.key.size): cell.measures[name] for cell in report.asked}
    told = [
        f"{system} {values[system, first]:.4f} → {values[system, last]:.4f} "
        f"({values[system, last] - values[system, first]:+.4f})"
        for system in dict.fromkeys(cell.key.system for cell in report.asked)
    ]
    return f"{name} from {first:,} to {last:,} documents: {'; '.join(told)}."


def _limits(report: Report) -> str:
    return (
        f"{LIMITS[report.distractors]} The largest index here has {max(report.sizes):,} documents; Reimers & Gurevych "
        "(arXiv:2012.14210) look at indexes of millions, and what happens there does not follow from this."
    )


def _value_of(name: str) -> Callable[[Cell], str]:
    def show(cell: Cell) -> str:
        spread = f" ± {cell.spread[name]:.4f}" if cell.spread else ""
        return f"{cell.measures[name]:.4f}{spread}"

    return show


def _bytes_each(cell: Cell) -> str:
    return f"{cell.bytes / cell.key.size:,.0f}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = rows
    marks = ["---" if place == 0 else "---:" for place in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, marks, *body))
