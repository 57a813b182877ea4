"""Our engine, through its public interface."""

from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_eval.peers.base import Numbers, Peer, Scores, folder_bytes
from lsr_index.index import Hits, Mode, SparseIndex
from lsr_index.manifest import Exact
from lsr_index.vocabulary import Vocabulary

BATCH = 20_000


class Lsr(Peer):
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
        self._folder = folder / "index"
        self._width = documents.shape[1]
        vocabulary = Vocabulary(str(term) for term in range(self._width))
        with SparseIndex.create(self._folder, vocabulary, order=False, exact=self._exact) as writer:
            for start in range(0, documents.shape[0], BATCH):
                rows = documents[start : start + BATCH]
                writer.add([str(number) for number in range(start, start + rows.shape[0])], rows)
            self._index = writer.commit()

    def prepare(self, terms: NDArray[np.int32], weights: Scores) -> csr_array:
        return csr_array((weights, terms, np.array([0, len(terms)])), shape=(1, self._width))

    def search(self, query: Any, k: int, setting: str) -> Hits:
        return self._index.search(query, k, mode=cast(Mode, setting), rescore=self._exact is not None)[0]

    def answer(self, found: Hits) -> tuple[Numbers, Scores]:
        return found.numbers, found.scores

    def bytes(self) -> int:
        return folder_bytes(self._folder)
