"""An outcome as one HTML file that needs nothing else: pictures and style are inside."""

import base64
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from lsr_eval.suite.outcome import Outcome
from lsr_eval.suite.tables import all_tables

TEMPLATE = "report.html.j2"


def render(outcome: Outcome, command: str, figures: Mapping[str, Figure]) -> str:
    """Return the report.

    Args:
        outcome: What it tells.
        command: What makes it again.
        figures: Pictures by name.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template(TEMPLATE).render(
        outcome=outcome,
        command=command,
        tables=all_tables(outcome),
        pictures={name: _data(figure) for name, figure in figures.items()},
    )


def _data(figure: Figure) -> str:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=144)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
