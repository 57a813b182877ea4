"""What one system did on one dataset, kept in a folder of its own: figures, values per query and the run."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lsr_eval import runs
from lsr_eval.runs import Run
from lsr_index.durable import sync_tree

CELL, RUN = "cell.json", "run.trec"


@dataclass(frozen=True)
class Cell:
    """Quality and cost; None where a figure does not apply or was not measured. Times are single-threaded."""

    system: str
    kind: str
    measures: dict[str, float]
    per_query: dict[str, dict[str, float]]
    queries: int
    without_results: int
    documents: int | None = None
    document_nnz: float | None = None
    """Mean non-zero weights of a document, as indexed."""
    query_nnz: float | None = None
    flops: float | None = None
    """Σ_j p_q(j) p_d(j), p the share of queries and documents that have term j (SPLADE, arXiv:2107.05720, §4)."""
    index_bytes: int | None = None
    build_seconds: float | None = None
    """Of the index, from vectors that were there already where `encoded_per_second` is from an earlier system."""
    encoded_per_second: float | None = None
    """Documents."""
    search_ms: dict[str, float] = field(default_factory=dict)
    """Searching an encoded query for as many hits as the suite asks: `p50`, `p99`."""
    client_ms: dict[str, float] = field(default_factory=dict)
    """From a query's text to ten hits, tokenising and weighting included: `p50`, `p99`; of fusions a sum."""
    index: str | None = None
    """Folder of the index, to explain hits with; of a fusion none."""
    notes: tuple[str, ...] = ()


class Cells:
    """Cells by key in a folder.

    Args:
        folder: Made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, key: str) -> tuple[Cell, Run] | None:
        """Return a kept cell and its run; None where there is none that can be read."""
        place = self._folder / key
        try:
            content = json.loads((place / CELL).read_text(encoding="utf-8"))
            run = runs.read(place / RUN) if (place / RUN).stat().st_size else {}
        except (OSError, ValueError):
            return None
        return Cell(**{**content, "notes": tuple(content["notes"])}), run

    def put(self, key: str, cell: Cell, run: Mapping[str, Mapping[str, float]]) -> None:
        """Keep a cell, durably: it appears complete."""
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".unfinished-") as workspace:
            place = Path(workspace) / "cell"
            place.mkdir()
            runs.write(place / RUN, run, tag=_tag(cell.system))
            _write_json(place / CELL, asdict(cell))
            sync_tree(place)
            shutil.rmtree(self._folder / key, ignore_errors=True)
            place.rename(self._folder / key)

    def run_file(self, key: str) -> Path:
        """Return where the run of a kept cell stands."""
        return self._folder / key / RUN


def _tag(name: str) -> str:
    return "-".join(name.split()) or "lsr"


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
