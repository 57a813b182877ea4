"""Figures of encoders as Markdown and JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lsr.commands.options import human_bytes
from lsr.encoders import formats
from lsr.encoders.tokenization import TextTokenizer
from lsr_eval.encode_bench.run import HEAD_TEXTS, Row
from lsr_eval.engine_bench import machine as machines

PACKAGES = ("lsr", "torch", "transformers", "sentence-transformers")


@dataclass(frozen=True)
class Report:
    """One comparison."""

    command: str
    model: str
    corpus: str
    documents: int
    tokens: float
    """Per document, as read."""
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
        reference = self.rows[-1].encoder
        heads = ["encoder", "precision", "documents/s", "×", "head", "peak", "non-zeros", "difference"]
        lines = [
            f"`{self.command}`",
            "",
            f"{self.documents:,} documents of {self.corpus}, {self.tokens:.0f} tokens each (at most {self.max_length}) "
            f"by {self.model} with {self.threads} threads.  ",
            f"Machine: {machines.line(self.machine)}.  ",
            f"{self.rounds} rounds that alternate between encoders, each in its own process; documents/s is the median "
            f"round's, × the median of the rounds' ratios to {reference}. Head is what vocabulary products and pooling "
            f"need at most for {HEAD_TEXTS} texts of {self.max_length} tokens; peak is the whole process. "
            f"Difference is the largest of any weight from {reference}'s.",
            "",
            "| " + " | ".join(heads) + " |",
            "|---|---|" + "---:|" * (len(heads) - 2),
            *(_line(row) for row in self.rows),
        ]
        return "\n".join(lines)


def mean_tokens(model: Path, texts: Sequence[str], max_length: int) -> float:
    """Return how many tokens of a text are read, on average."""
    tokenizer = TextTokenizer.from_folder(formats.read(model).document.folder, max_length)
    return sum(map(len, tokenizer.windows(texts).sequences)) / max(1, len(texts))


def _line(row: Row) -> str:
    cells = [
        row.encoder,
        row.precision,
        f"{row.documents_per_second:.1f}",
        f"{row.ratio:.2f}",
        _size(row.head),
        _size(row.peak),
        f"{row.nonzeros:.0f}",
        f"{row.difference:.2g}",
    ]
    return "| " + " | ".join(cells) + " |"


def _size(value: int | None) -> str:
    return "–" if value is None else human_bytes(value)
