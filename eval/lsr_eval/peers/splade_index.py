"""splade-index from PyPI: an exhaustive scan in Numba. Its doors take texts, so the vectors go past them."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_eval.peers.base import Numbers, Peer, Scores


class SpladeIndex(Peer):
    """The arrays that its `index` would make, searched with the function that its `retrieve` calls."""

    requires = "splade-index"
    imports = "splade_index"

    def build(self, documents: csr_array, folder: Path) -> None:
        self._search: Any = importlib.import_module("splade_index.numba.retrieve_utils")._retrieve_numba_functional
        columns = documents.tocsc()
        self._scores = {
            "data": columns.data.astype(np.float32),
            "indices": columns.indices.astype(np.int32),
            "indptr": columns.indptr.astype(np.int32),
            "num_docs": documents.shape[0],
        }

    def prepare(self, terms: NDArray[np.int32], weights: Scores) -> tuple[NDArray[np.int32], Scores]:
        return terms, weights

    def search(self, query: Any, k: int, setting: str) -> tuple[Any, Any]:
        k = min(k, self._scores["num_docs"])
        found: tuple[Any, Any] = self._search([query[0]], [query[1]], scores=self._scores, k=k)
        return found

    def answer(self, found: tuple[Any, Any]) -> tuple[Numbers, Scores]:
        numbers, scores = found[0][0], found[1][0]
        return numbers[scores > 0].astype(np.int64), scores[scores > 0]

    def bytes(self) -> int:
        return int(sum(self._scores[name].nbytes for name in ("data", "indices", "indptr")))
