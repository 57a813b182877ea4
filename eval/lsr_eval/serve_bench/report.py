"""Figures of the service under load as Markdown and JSON."""

from dataclasses import asdict, dataclass, field
from typing import Any

from lsr_eval.engine_bench import machine as machines
from lsr_eval.markdown import aligned
from lsr_eval.serve_bench.run import BESIDE, ENGINE, SERVICE, Row

PACKAGES = ("lsr", "numba", "fastapi", "uvicorn", "orjson")


@dataclass(frozen=True)
class Report:
    """One measurement."""

    command: str
    model: str
    """Of the index."""
    beside: str | None
    """Of the other index."""
    documents: int
    queries: int
    size: int
    seconds: float
    rounds: int
    rows: list[Row]
    machine: dict[str, Any] = field(default_factory=lambda: machines.describe(PACKAGES))

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return asdict(self)

    def markdown(self) -> str:
        """Return what was measured, where and how, and a table."""
        names = {ENGINE: f"{self.model}, engine", SERVICE: f"{self.model}, service", BESIDE: f"{self.beside}, service"}
        heads = ["system", "clients", "queries/s", "p50 ms", "p99 ms", "p99 − engine's", "p50 ÷ other's", "failures"]
        cells = [heads, ["---", *["---:"] * (len(heads) - 1)]]
        cells += [
            [
                names[row.system], str(row.clients), f"{row.per_second:.0f}", f"{row.p50_ms:.2f}", f"{row.p99_ms:.2f}",
                "" if row.p99_above_engine_ms is None else f"{row.p99_above_engine_ms:+.2f}",
                "" if row.p50_to_beside is None else f"{row.p50_to_beside:.2f}",
                str(row.failures),
            ]
            for row in self.rows
        ]  # fmt: skip
        lines = [
            f"`{self.command}`",
            "",
            f"{self.documents:,} documents, {self.queries:,} queries, {self.size} hits with their documents. Every "
            f"client asks again as soon as it is answered; the engine's are threads in its own process. "
            f"{self.rounds} rounds of {self.seconds:g} s that alternate; figures are medians of the rounds, "
            "differences and ratios medians of the rounds' own.  ",
            f"Machine: {machines.line(self.machine)}; clients, engine and service share its cores.",
            "",
            *aligned(cells),
        ]
        return "\n".join(lines)
