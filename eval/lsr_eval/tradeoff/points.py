"""What was measured at one setting, kept in a file by what it depends on."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lsr_eval import content
from lsr_eval.tradeoff.settings import Setting
from lsr_index import durable


@dataclass(frozen=True)
class Point:
    """Quality and cost at one setting."""

    setting: Setting
    measures: dict[str, float]
    """Means over all judged queries."""
    p50_ms: float
    p99_ms: float
    """Of one query searched on one thread, encoding not included."""
    ratio: float
    """p50 divided by that of whole vectors searched safely, asked in turn with this one."""
    recall: float
    """Share of the hits of a safe search of the same vectors."""
    recall_lower: float
    """What that is at least, with 95 % confidence (one-sided bootstrap over queries)."""
    queries: int
    """Those that were asked."""
    bytes: int
    """Of the index without stored texts."""
    documents: int
    postings: int
    query_terms: float
    """Mean non-zero weights of a query."""
    build_seconds: float
    measured: str
    """UTC."""

    @property
    def name(self) -> str:
        """The setting's."""
        return self.setting.name

    @property
    def document_terms(self) -> float:
        """Mean non-zero weights of a document."""
        return self.postings / self.documents

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {"name": self.name, **asdict(self), "document_terms": self.document_terms}


class Points:
    """Points by setting in a folder, each durable as soon as it is put.

    Args:
        folder: Made if it is not there.
        identity: What else figures depend on: collection, vectors, measures, depth.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self._folder, self._identity = folder, identity
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, setting: Setting) -> Point | None:
        """Return what was measured; None where that was not, or cannot be read."""
        try:
            kept = json.loads(self._file(setting).read_text(encoding="utf-8"))
            return Point(**{**kept, "setting": setting})
        except (OSError, ValueError, TypeError):
            return None

    def put(self, point: Point) -> None:
        """Keep a point."""
        durable.replace(self._file(point.setting), (json.dumps(asdict(point)) + "\n").encode())

    def _file(self, setting: Setting) -> Path:
        return self._folder / f"{content.key(self._identity, asdict(setting))}.json"
