"""BMP (Mallia, Suel, Tonellotto: Faster Learned Sparse Retrieval with Block-Max Pruning, SIGIR 2024) from PyPI."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_eval.peers.base import Numbers, Peer, Scores, by_number, byte_impacts


class Bmp(Peer):
    """Exact on its own numbers (alpha = beta = 1): 8-bit documents; it rounds queries to 5 bits itself."""

    requires = "bmp"
    imports = "bmp"

    def __init__(self, block_size: int = 32) -> None:
        self._block_size = block_size

    def build(self, documents: csr_array, folder: Path) -> None:
        bmp = importlib.import_module("bmp")
        self._path = folder / "index.bmp"
        indexer = bmp.Indexer(str(self._path), bsize=self._block_size, compress_range=False)
        names = [str(term) for term in range(documents.shape[1])]
        largest = float(documents.data.max(initial=1e-9))
        for number in range(documents.shape[0]):
            start, stop = documents.indptr[number], documents.indptr[number + 1]
            terms = [names[term] for term in documents.indices[start:stop].tolist()]
            impacts = byte_impacts(documents.data[start:stop], largest).tolist()
            indexer.add_document(str(number), dict(zip(terms, impacts, strict=True)))
        indexer.finish()
        self._known = {names[term] for term in np.unique(documents.indices).tolist()}
        self._searcher = bmp.Searcher(str(self._path))

    def prepare(self, terms: NDArray[np.int32], weights: Scores) -> dict[str, float]:
        query = {str(term): float(weight) for term, weight in zip(terms.tolist(), weights, strict=True)}
        # Unknown terms and empty queries panic in it.
        return {term: weight for term, weight in query.items() if term in self._known}

    def search(self, query: Any, k: int, setting: str) -> tuple[list[str], list[float]]:
        if not query:
            return [], []
        try:
            found: tuple[list[str], list[float]] = self._searcher.search(query, k=k, alpha=1.0, beta=1.0)
        except BaseException as error:
            # A panic is no Exception; it comes also where no block can beat the first threshold.
            if type(error).__name__ != "PanicException":
                raise
            return [], []
        return found

    def answer(self, found: tuple[list[str], list[float]]) -> tuple[Numbers, Scores]:
        return by_number(*found)

    def bytes(self) -> int:
        return self._path.stat().st_size

    def close(self) -> None:
        del self._searcher
