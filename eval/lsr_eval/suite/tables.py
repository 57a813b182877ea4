"""An outcome as tables of text: the same ones in every form of the report."""

from collections.abc import Callable
from dataclasses import dataclass

from lsr.commands.options import human_bytes
from lsr_eval.suite.cells import Cell
from lsr_eval.suite.outcome import Outcome, Row

BETTER, WORSE = "▲", "▼"


@dataclass(frozen=True)
class Table:
    """A table; the first column names the rows."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    note: str = ""


def all_tables(outcome: Outcome) -> list[Table]:
    """Return the report's tables in its order."""
    tables = [_quality(outcome, measure) for measure in outcome.shared_measures()]
    shared = set(outcome.shared_measures())
    tables += [_own(row, shared) for row in outcome.rows if set(row.measures) - shared]
    tables.append(_cost(outcome))
    if outcome.suite.baseline is not None and len(outcome.suite.systems) > 1:
        tables.append(_significance(outcome))
    if any(row.published for row in outcome.rows):
        tables.append(_published(outcome))
    return tables


def number(value: float | None, form: str = ".1f") -> str:
    """Format a figure; a dash where there is none."""
    return "–" if value is None else format(value, form)


def _systems(outcome: Outcome) -> list[str]:
    return [system.name for system in outcome.suite.systems]


def _quality(outcome: Outcome, measure: str) -> Table:
    marked = outcome.suite.significance.measure
    rows = []
    for system in _systems(outcome):
        cells = [
            f"{row.value(system, measure):.4f}{_mark(outcome, row, system, measure, marked)}" for row in outcome.rows
        ]
        rows.append([system, *cells, f"{outcome.average(system, measure):.4f}"])
    note = ""
    if outcome.suite.baseline is not None and any("▲" in cell or "▼" in cell for row in rows for cell in row):
        level = outcome.suite.significance.level
        note = f"{BETTER} {WORSE}: better or worse than {outcome.suite.baseline}, corrected p < {level:g}."
    return Table(measure, ["system", *(row.label for row in outcome.rows), "mean"], rows, note)


def _mark(outcome: Outcome, row: Row, system: str, measure: str, marked: str | None) -> str:
    if measure != (marked or row.measures[0]) or system not in row.comparisons:
        return ""
    compared = row.comparisons[system]
    if not compared.p_corrected < outcome.suite.significance.level:
        return ""
    return f" {BETTER if compared.difference > 0 else WORSE}"


def _own(row: Row, shared: set[str]) -> Table:
    own = [measure for measure in row.measures if measure not in shared]
    rows = [[name, *(f"{cell.measures[measure]:.4f}" for measure in own)] for name, cell in row.cells.items()]
    return Table(f"{row.label}: its own measures", ["system", *own], rows)


COSTS: list[tuple[str, Callable[[Cell], float | None], str]] = [
    ("terms/document", lambda cell: cell.document_nnz, ".0f"),
    ("terms/query", lambda cell: cell.query_nnz, ".1f"),
    ("FLOPS", lambda cell: cell.flops, ".2f"),
    ("documents/s", lambda cell: cell.encoded_per_second, ".0f"),
    ("build s", lambda cell: cell.build_seconds, ".1f"),
    ("search p50 ms", lambda cell: cell.search_ms.get("p50"), ".2f"),
    ("p99", lambda cell: cell.search_ms.get("p99"), ".2f"),
    ("text to hits p50 ms", lambda cell: cell.client_ms.get("p50"), ".2f"),
    ("p99", lambda cell: cell.client_ms.get("p99"), ".2f"),
]


def _cost(outcome: Outcome) -> Table:
    rows = []
    for system in _systems(outcome):
        figures = [number(outcome.mean_of(system, figure), form) for _, figure, form in COSTS]
        sizes = [row.cells[system].index_bytes for row in outcome.rows]
        size = "–" if any(one is None for one in sizes) else human_bytes(sum(one or 0 for one in sizes))
        rows.append([system, *figures, size])
    return Table(
        "Cost",
        ["system", *(name for name, _, _ in COSTS), "index bytes"],
        rows,
        f"Means over datasets, bytes their sum. Search: an encoded query, {outcome.suite.k} hits. Text to hits: 10 "
        "hits, tokenising and weighting included. One thread. FLOPS: Σ p_q(j) p_d(j) over terms j. A fusion takes the "
        "time of its members. Documents/s count encoding alone but for bm25.",
    )


def _significance(outcome: Outcome) -> Table:
    settings = outcome.suite.significance
    rows = []
    for row in outcome.rows:
        for system, one in row.comparisons.items():
            rows.append(
                [
                    f"{row.label}: {system}",
                    f"{one.difference:+.4f}",
                    f"{one.low:+.4f} … {one.high:+.4f}",
                    _chance(one.p),
                    _chance(one.p_corrected),
                    f"{one.wins} / {one.losses} / {one.ties}",
                ]
            )
    test = "paired t-test, two-sided" if settings.test == "t" else "paired randomisation test, two-sided"
    correction = "Holm's step-down" if settings.correction == "holm" else "Bonferroni's"
    return Table(
        f"Against {outcome.suite.baseline}",
        ["dataset: system", "difference", "95 % interval", "p", "corrected p", "won / lost / tied"],
        rows,
        f"{settings.measure or 'Each dataset’s first measure'}; {test}; {correction} correction over the systems of a "
        "dataset.",
    )


def _published(outcome: Outcome) -> Table:
    rows: list[list[str]] = [
        [f"{row.label}: {one.system}", one.measure, f"{one.value:.4f}", one.source]
        for row in outcome.rows
        for one in row.published
    ]
    return Table("Published, not measured here", ["dataset: system", "measure", "value", "source"], rows)


def _chance(p: float) -> str:
    return f"{p:.4f}" if p >= 0.00005 else "< 0.0001"
