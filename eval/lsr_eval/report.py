"""The outcome of an evaluation, for programs and for people."""

from dataclasses import asdict, dataclass
from io import StringIO
from typing import Any

from lsr.commands.options import human_bytes
from lsr_eval.latency import Latency


@dataclass(frozen=True)
class Report:
    """Quality and cost of one system on one dataset; None where a figure does not apply or was not measured."""

    dataset: str
    split: str
    model: str
    """The model's name, or the file that the vectors or the run came from."""
    kind: str
    """The sort of encoder, or "vectors" or "run"."""
    measures: dict[str, float]
    per_query: dict[str, dict[str, float]]
    queries: int
    """All judged queries: what the means are over."""
    missing_texts: int
    """Judged queries that could not be asked because their text is not in the dataset."""
    missing_results: int
    """Judged queries without a single hit, the former included; they count zero."""
    exclude_self: bool
    k: int | None = None
    mode: str | None = None
    documents: int | None = None
    documents_per_second: float | None = None
    """Encoding and indexing together."""
    index_bytes: int | None = None
    queries_encoded_per_second: float | None = None
    latency: Latency | None = None
    """Of searching one encoded query, single-threaded, encoding not included."""

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the values per query."""
        return {key: value for key, value in asdict(self).items() if key != "per_query"}

    def table(self) -> str:
        """Format for people."""
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        table.add_column()
        table.add_column(overflow="fold")
        for name, value in self._rows():
            table.add_row(Text(name), Text(value))  # Text: square brackets in names are no markup
        console = Console(file=StringIO(), width=100, color_system=None)
        with console.capture() as captured:
            console.print(table)
        return "\n".join(line.rstrip() for line in captured.get().rstrip().splitlines())

    def _rows(self) -> list[tuple[str, str]]:
        rows = [("dataset", f"{self.dataset} ({self.split})"), ("model", f"{self.model} ({self.kind})")]
        rows += [(name, f"{value:.4f}") for name, value in self.measures.items()]
        rows.append(("queries", f"{self.queries} ({self.missing_results} without results)"))
        if self.documents is not None:
            rows.append(("documents", str(self.documents)))
        if self.documents_per_second is not None:
            rows.append(("indexing", f"{self.documents_per_second:.0f} documents/s"))
        if self.index_bytes is not None:
            rows.append(("index", human_bytes(self.index_bytes)))
        if self.queries_encoded_per_second is not None:
            rows.append(("encoding", f"{self.queries_encoded_per_second:.0f} queries/s"))
        if self.latency is not None:
            times = f"mean {self.latency.mean_ms:.2f} ms, p50 {self.latency.p50_ms:.2f}, p99 {self.latency.p99_ms:.2f}"
            rows.append(("search", f"{times} (k={self.k}, {self.mode})"))
        return rows
