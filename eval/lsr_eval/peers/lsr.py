"""Our engine, through its public interface."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_eval.peers.base import Numbers, Scores, Standing, folder_bytes
from lsr_index.index import Hits, Mode, SparseIndex
from lsr_index.manifest import Exact
from lsr_index.vocabulary import Vocabulary

BATCH = 20_000
NAME = "index"


class Lsr(Standing):
    """`SparseIndex`; a setting is a search mode.

    The documents' order is everybody's, so the index makes none of its own.

    Args:
        settings: The modes.
        exact: Bits of exact weights, with which all searches are rescored; None keeps none.
    """

    def __init__(self, settings: tuple[str, ...] = ("safe",), exact: Exact = None) -> None:
        self.settings = settings
        self._exact: Exact = exact

    def build(self, documents: csr_array, folder: Path) -> None:
        starts = range(0, documents.shape[0], BATCH)
        self.build_stream((documents[start : start + BATCH] for start in starts), documents.shape[1], folder)

    def build_stream(self, batches: Iterable[csr_array], width: int, folder: Path) -> None:
        vocabulary = Vocabulary(str(term) for term in range(width))
        with SparseIndex.create(folder / NAME, vocabulary, order=False, exact=self._exact) as writer:
            for rows in batches:
                writer.add([str(number) for number in range(len(writer), len(writer) + rows.shape[0])], rows)
            writer.commit()
        self.open(folder)

    def open(self, folder: Path) -> None:
        self._folder = folder / NAME
        self._index = SparseIndex.open(self._folder)
        self._width = self._index.manifest.vocabulary_size

    def prepare(self, terms: NDArray[np.int32], weights: Scores) -> csr_array:
        return csr_array((weights, terms, np.array([0, len(terms)])), shape=(1, self._width))

    def search(self, query: Any, k: int, setting: str) -> Hits:
        return self._index.search(query, k, mode=cast(Mode, setting), rescore=self._exact is not None)[0]

    def batch(self, queries: csr_array, k: int, threads: int) -> list[Hits]:
        return self._index.search(
            queries, k, mode=cast(Mode, self.settings[0]), threads=threads, rescore=self._exact is not None
        )

    def answer(self, found: Hits) -> tuple[Numbers, Scores]:
        return found.numbers, found.scores

    def bytes(self) -> int:
        return folder_bytes(self._folder)
