"""A report on disk: Markdown, HTML, JSON, pictures and the settings that made it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lsr_eval.suite import html, markdown, plots
from lsr_eval.suite.outcome import Outcome


def write(outcome: Outcome, folder: Path, command: str) -> list[Path]:
    """Write the report's files into a folder, in the place of those of an earlier report.

    Args:
        outcome: What it tells.
        folder: Made if it is not there.
        command: What makes it again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figures = plots.figures(outcome)
    for name, figure in figures.items():
        figure.savefig(folder / name, dpi=120)
    texts = {
        "report.md": markdown.render(outcome, command, list(figures)),
        "report.html": html.render(outcome, command, figures),
        "report.json": json.dumps({"command": command, **as_dict(outcome)}, indent=1, ensure_ascii=False) + "\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in (*texts, *figures)]


def as_dict(outcome: Outcome) -> dict[str, Any]:
    """Return everything as JSON-able values, but for paths of this machine."""
    return {
        "suite": outcome.suite.model_dump(exclude_defaults=True),
        "machine": outcome.machine,
        "versions": outcome.versions,
        "means": {
            system.name: {name: outcome.average(system.name, name) for name in outcome.shared_measures()}
            for system in outcome.suite.systems
        },
        "datasets": [
            {
                "label": row.label,
                "split": row.split,
                "systems": {name: _cell(asdict(cell)) for name, cell in row.cells.items()},
                "comparisons": {name: one.to_dict() for name, one in row.comparisons.items()},
                "published": list(map(asdict, row.published)),
                "cases": {
                    name: {"hurt": list(map(asdict, hurt)), "helped": list(map(asdict, helped))}
                    for name, (hurt, helped) in row.cases.items()
                },
            }
            for row in outcome.rows
        ],
    }


def _cell(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key not in ("index", "per_query")}
