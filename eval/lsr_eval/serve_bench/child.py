"""What runs in processes of their own: the bare engine, and the clients of the service."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lsr_eval.serve_bench import clients

_loaded: dict[str, Any] = {}


def prepare(index: Path, queries: Sequence[str], size: int) -> None:
    """Open an index and ask it once; later calls are to it."""
    from lsr.retriever import Retriever

    retriever = Retriever.open(index)

    def search(text: str) -> object:
        return retriever.search(text, size)

    search(queries[0])
    _loaded["search"], _loaded["queries"] = search, queries


def load_engine(count: int, seconds: float) -> clients.Load:
    """Load the engine."""
    search: Callable[[str], object] = _loaded["search"]
    return clients.of_engine(search, _loaded["queries"], count, seconds)


def load_service(port: int, index: str, queries: Sequence[str], size: int, count: int, seconds: float) -> clients.Load:
    """Load the service."""
    path = f"/v1/indexes/{index}/search"
    requests = [clients.request("POST", path, {"query": text, "size": size}) for text in queries]
    return clients.of_service(port, requests, count, seconds)
