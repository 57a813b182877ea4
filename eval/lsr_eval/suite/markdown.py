"""An outcome as Markdown."""

from collections.abc import Sequence

from lsr_eval.suite.outcome import Outcome
from lsr_eval.suite.tables import Table, all_tables
from lsr_eval.suite.why import Case, Judged


def render(outcome: Outcome, command: str, plots: Sequence[str]) -> str:
    """Return the report.

    Args:
        outcome: What it tells.
        command: What makes it again.
        plots: Names of pictures beside it.
    """
    parts = [f"# {outcome.suite.name}", f"`{command}`", f"{outcome.machine}. lsr {outcome.versions['lsr']}."]
    parts += [table(one) for one in all_tables(outcome)]
    parts += [f"![{name}]({name})" for name in plots]
    parts += _cases(outcome)
    return "\n\n".join(parts) + "\n"


def table(one: Table, level: int = 2) -> str:
    """Return a table with its title and note."""
    lines = [_line(one.columns), "|---|" + "---:|" * (len(one.columns) - 1), *map(_line, one.rows)]
    return "\n\n".join(part for part in (f"{'#' * level} {one.title}", "\n".join(lines), one.note) if part)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"


def _cases(outcome: Outcome) -> list[str]:
    parts: list[str] = []
    for row in outcome.rows:
        for system, (hurt, helped) in row.cases.items():
            if hurt or helped:
                parts.append(f"## {row.label}: {system} against {outcome.suite.baseline}, query by query")
            for name, cases in (("Most hurt", hurt), ("Most helped", helped)):
                if cases:
                    parts.append(f"**{name}**\n\n" + "\n".join(_case(case) for case in cases))
    return parts


def _case(case: Case) -> str:
    lines = [f"- {_plain(case.text)} ({case.query_id}): {case.baseline_value:.3f} → {case.value:.3f}"]
    for what, document in (("should lead", case.right), ("leads instead", case.wrong)):
        if document is not None:
            lines.append(f"  - {what}: {_document(document)}")
    return "\n".join(lines)


def _document(document: Judged) -> str:
    ranks = f"rank {document.rank or '–'}, baseline {document.baseline_rank or '–'}"
    text = f"{document.id} ({ranks}) {_plain(document.text)}".strip()
    terms = ", ".join(f"{_plain(one.term)} {one.product:.1f}" for one in document.contributions)
    return f"{text} — {document.score:.1f}: {terms}" if terms else text


def _plain(text: str) -> str:
    """Return text that Markdown does not read anything into."""
    text = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#|~" else letter for letter in text)
