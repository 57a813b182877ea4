"""Figures of trainers as Markdown and JSON."""

from dataclasses import asdict, dataclass, field
from typing import Any

from lsr.commands.options import human_bytes
from lsr_eval.engine_bench import machine as machines
from lsr_eval.train_bench.run import Row

PACKAGES = ("lsr", "torch", "transformers", "sentence-transformers")


@dataclass(frozen=True)
class Report:
    """One comparison."""

    command: str
    model: str
    data: str
    batch_size: int
    steps: int
    max_length: int
    threads: int
    rounds: int
    rows: list[Row]
    machine: dict[str, Any] = field(default_factory=lambda: machines.describe(PACKAGES))

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return asdict(self)

    def markdown(self) -> str:
        """Return what was measured, where and how, and a table."""
        reference = self.rows[-1].trainer
        lines = [
            f"`{self.command}`",
            "",
            f"Batches of {self.batch_size} pairs of {self.data}, at most {self.max_length} tokens a text, "
            f"{self.model} on both sides, in-batch InfoNCE and FLOPS, AdamW, {self.threads} threads.  ",
            f"Machine: {machines.line(self.machine)}.  ",
            f"{self.rounds} rounds of {self.steps} steps that alternate between trainers, each in its own process; "
            f"steps/s is the median round's, × the median of the rounds' ratios to {reference}. Peak is what the "
            "process grew by during two steps. Losses are those of the first step and of the last.",
            "",
            "| trainer | precision | steps/s | × | peak | first loss | last loss |",
            "|---|---|---:|---:|---:|---:|---:|",
            *(_line(row) for row in self.rows),
        ]
        return "\n".join(lines)


def _line(row: Row) -> str:
    peak = "–" if row.peak is None else human_bytes(row.peak)
    figures = f"{row.steps_per_second:.2f} | {row.ratio:.2f} | {peak} | {row.first_loss:.4f} | {row.last_loss:.4f}"
    return f"| {row.trainer} | {row.precision} | {figures} |"
