"""What a careful user of scipy writes: the query's columns times its weights, then a partial sort."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_eval.peers.base import Numbers, Peer, Scores


class Scipy(Peer):
    """A `csc_array` in memory."""

    def build(self, documents: csr_array, folder: Path) -> None:
        self._columns = documents.tocsc()

    def prepare(self, terms: NDArray[np.int32], weights: Scores) -> tuple[NDArray[np.int32], Scores]:
        return terms, weights

    def search(self, query: Any, k: int, setting: str) -> tuple[Numbers, Scores]:
        terms, weights = query
        scores = self._columns[:, terms] @ weights
        k = min(k, len(scores))
        best = np.argpartition(scores, -k)[-k:]
        best = best[np.argsort(-scores[best])]
        best = best[scores[best] > 0]
        return best, scores[best]

    def answer(self, found: tuple[Numbers, Scores]) -> tuple[Numbers, Scores]:
        return found

    def bytes(self) -> int:
        return int(self._columns.indptr.nbytes + self._columns.indices.nbytes + self._columns.data.nbytes)
