"""What is counted for Prometheus."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from lsr_service.engine import Engine

SEVERAL = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder through which several processes count together; `lsr serve --workers` sets it."""
BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
MEDIA_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """The counters of one application.

    Args:
        indexes: Whose sizes and queues are told.
    """

    def __init__(self, indexes: Mapping[str, Engine]) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "lsr_requests", "Answered requests.", ["method", "route", "status"], registry=self._registry
        )
        self.seconds = Histogram(
            "lsr_request_seconds", "From a request to its answer.", ["route"], buckets=BUCKETS, registry=self._registry
        )
        self.stages = Histogram(
            "lsr_stage_seconds", "Of the stages of searches.", ["stage"], buckets=BUCKETS, registry=self._registry
        )
        self.running = Gauge(
            "lsr_requests_running", "Requests under way.", registry=self._registry, multiprocess_mode="livesum"
        )
        self._indexes = _Indexes(indexes)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format; of several processes, the sum."""
        registry = CollectorRegistry()
        registry.register(self._indexes)
        if SEVERAL in os.environ:
            _forget_the_dead(Path(os.environ[SEVERAL]))
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            return generate_latest(registry)
        return generate_latest(self._registry) + generate_latest(registry)


def _forget_the_dead(folder: Path) -> None:
    # A worker that was killed cannot take back what it said was running.
    for file in folder.glob("gauge_live*_*.db"):
        process = file.stem.rpartition("_")[2]
        if process.isdecimal() and not Path(f"/proc/{process}").exists():
            mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]


class _Indexes(Collector):
    """Sizes and queues, looked up when they are asked for."""

    def __init__(self, indexes: Mapping[str, Engine]) -> None:
        self._indexes = indexes

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families = {
            "documents": GaugeMetricFamily("lsr_index_documents", "That can be found.", labels=["index"]),
            "bytes": GaugeMetricFamily("lsr_index_bytes", "Of an index's files.", labels=["index"]),
            "segments": GaugeMetricFamily("lsr_index_segments", "Of an index.", labels=["index"]),
            "generation": GaugeMetricFamily("lsr_index_generation", "Grows with commits.", labels=["index"]),
            "ready": GaugeMetricFamily("lsr_index_ready", "Whether it answers.", labels=["index"]),
            "waiting": GaugeMetricFamily("lsr_queue_waiting", "Searches that wait in this process.", labels=["index"]),
        }
        for name, engine in list(self._indexes.items()):
            manifest = engine.index.manifest
            values = {
                "documents": manifest.documents,
                "bytes": manifest.bytes,
                "segments": len(manifest.segments),
                "generation": manifest.generation,
                "ready": engine.ready,
                "waiting": engine.queries.waiting,
            }
            for key, value in values.items():
                families[key].add_metric([name], float(value))
        yield from families.values()
