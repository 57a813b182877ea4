"""Throughput and memory of an encoder over a long run."""

import resource
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from lsr.encoders.base import SparseEncoder, batched

BATCH = 2048


@dataclass
class EncodingReport:
    """What encoding a number of documents cost."""

    model: str
    documents: int = 0
    seconds: float = 0.0
    nonzeros: int = 0
    resident: list[tuple[int, int]] = field(default_factory=list)
    """(documents done, resident bytes) as the run went on."""
    peak: int = 0
    """Largest resident size of the process, bytes."""

    @property
    def documents_per_second(self) -> float:
        """Throughput over the whole run."""
        return self.documents / self.seconds if self.seconds else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the report for JSON."""
        return {**asdict(self), "documents_per_second": round(self.documents_per_second, 1)}


def measure(
    encoder: SparseEncoder,
    texts: Iterable[str],
    *,
    limit: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> EncodingReport:
    """Encode texts as documents, throwing the vectors away, and watch time and memory.

    Args:
        encoder: Fitted already where it needs a corpus.
        texts: Any number of texts; read as a stream.
        limit: Stop after this many.
        progress: Called with the number of texts just encoded.
    """
    report = EncodingReport(encoder.name)
    encoder.encode_documents(["a first text, so that loading and compiling do not count"])
    started = time.perf_counter()
    for batch in batched(islice(texts, limit), BATCH):
        report.nonzeros += encoder.encode_documents(batch, progress=progress).nnz
        report.documents += len(batch)
        report.resident.append((report.documents, resident_bytes()))
    report.seconds = time.perf_counter() - started
    report.peak = peak_bytes()
    return report


def resident_bytes() -> int:
    """Return the resident size of this process; its peak where the system does not tell the present one."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return peak_bytes()
    return pages * resource.getpagesize()


def peak_bytes() -> int:
    """Return the largest resident size that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # kilobytes, but for macOS
