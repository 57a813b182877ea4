"""Time encoders side by side on the same texts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from lsr_eval import side_by_side
from lsr_eval.encode_bench import child
from lsr_eval.side_by_side import Setting

HEAD_TEXTS = 16
COMPARED = 32  # texts whose vectors are compared


@dataclass(frozen=True)
class Row:
    """One encoder in one precision."""

    encoder: str
    precision: str
    documents_per_second: float
    """Of the median round."""
    ratio: float
    """Documents per second divided by the last encoder's, median over rounds."""
    peak: int | None
    """Most bytes that the process held."""
    head: int | None
    """Bytes that the vocabulary head and pooling need at most, for HEAD_TEXTS texts of the full length."""
    nonzeros: float
    """Per document, over the compared texts."""
    difference: float
    """Largest difference of a weight from the last encoder's, over the compared texts."""


def measure(
    texts: Sequence[str],
    encoders: Sequence[str],
    setting: Setting,
    *,
    rounds: int,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """Compare encoders; the last is the one that others are compared with.

    Args:
        texts: Documents.
        encoders: Names of `ENCODERS`.
        setting: What they share.
        rounds: How often all texts are encoded.
        tell: Called with a line whenever something long begins.

    Raises:
        ComparedFailedError: if one raises or dies.
    """
    with side_by_side.processes(encoders) as ask:
        found = {}
        for name in encoders:
            tell(f"{name}, {setting.precision}: loading")
            ask(name, child.prepare, name, setting)
            found[name] = ask(name, child.encode, texts[:COMPARED])
        times: dict[str, list[float]] = {name: [] for name in encoders}
        for name in side_by_side.turns(encoders, rounds, tell):
            times[name].append(ask(name, child.seconds, texts))
        reference = encoders[-1]
        return [
            Row(
                name,
                setting.precision,
                len(texts) / median(times[name]),
                side_by_side.ratio(times, name, reference),
                ask(name, child.peak),
                ask(name, child.head_growth, HEAD_TEXTS, setting.max_length),
                found[name].nnz / max(1, found[name].shape[0]),
                float(abs(found[name] - found[reference]).max()),
            )
            for name in encoders
        ]
