"""What an engine must do to be measured."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]


class Peer(ABC):
    """One engine with one index, in a process of its own.

    Only `search` is timed. What turns a query into the engine's own form (`prepare`) and its answer into arrays
    (`answer`) is not: a caller of that engine would hold its form to begin with.
    """

    requires: ClassVar[str | None] = None
    """What pip calls the package, None if nothing is needed."""
    imports: ClassVar[str | None] = None
    """What Python calls it."""
    settings: tuple[str, ...] = ("",)
    """Ways to search the same index; each is measured. One engine without a choice has the one setting ""."""

    @abstractmethod
    def build(self, documents: csr_array, folder: Path) -> None:
        """Index documents and make ready to search.

        Args:
            documents: float32 weights > 0, shape (n, V), in the order that all engines get; a document's number is
                its row.
            folder: An empty folder for the index.
        """

    @abstractmethod
    def prepare(self, terms: NDArray[np.int32], weights: Scores) -> Any:
        """Return a query in the engine's own form; terms may be none at all."""

    @abstractmethod
    def search(self, query: Any, k: int, setting: str) -> Any:
        """Answer a prepared query with up to k documents."""

    @abstractmethod
    def answer(self, found: Any) -> tuple[Numbers, Scores]:
        """Return what `search` found: document numbers and scores, best first."""

    @abstractmethod
    def bytes(self) -> int:
        """Size of the index: of its files, or of its arrays where it has no files."""

    def close(self) -> None:  # noqa: B027 - most have nothing to do
        """Let go of the index."""


class Standing(Peer):
    """One whose index stands on disk: built from a stream, opened by other processes, asked by several threads."""

    @abstractmethod
    def build_stream(self, batches: Iterable[csr_array], width: int, folder: Path) -> None:
        """Index documents that come in batches, as `build` does.

        Args:
            batches: float32 weights > 0, shape (some, width).
            width: The vocabulary's size.
            folder: An empty folder for the index.
        """

    @abstractmethod
    def open(self, folder: Path) -> None:
        """Open what was built in a folder, as far as `prepare` and `search` need it."""

    @abstractmethod
    def batch(self, queries: csr_array, k: int, threads: int) -> Any:
        """Answer many queries, float32 of shape (n, V), in the first of the settings."""


def folder_bytes(folder: Path) -> int:
    """Size of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def by_number(ids: list[str], scores: list[float]) -> tuple[Numbers, Scores]:
    """Return an answer whose ids are document numbers in text."""
    return np.array([int(name) for name in ids], dtype=np.int64), np.array(scores, dtype=np.float32)


def byte_impacts(weights: Scores, largest: float) -> NDArray[np.uint8]:
    """Quantise weights for engines that store small whole numbers: 1 to 255, 255 for the largest."""
    impacts: NDArray[np.uint8] = np.clip(np.rint(weights * (255 / largest)), 1, 255).astype(np.uint8)
    return impacts
