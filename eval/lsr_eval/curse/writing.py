"""The folder that the experiment leaves."""

import json
from pathlib import Path

from pyarrow import csv, parquet

from lsr_eval.curse import markdown, plots
from lsr_eval.curse.report import Report


def write(folder: Path, report: Report) -> None:
    """Write `curse.md`, `curse.json`, `curse.csv`, `curse.parquet` and the plots."""
    pictures = {f"{name}.png": figure for name, figure in plots.draw(report).items()}
    for name, figure in pictures.items():
        figure.savefig(folder / name, dpi=120, format="png")
    (folder / "curse.md").write_text(markdown.page(report, list(pictures)), encoding="utf-8")
    content = json.dumps(report.to_dict(), indent=2, ensure_ascii=False)
    (folder / "curse.json").write_text(content + "\n", encoding="utf-8")
    table = report.table()
    csv.write_csv(table, folder / "curse.csv")
    parquet.write_table(table, folder / "curse.parquet")
