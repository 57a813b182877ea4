"""Seismic from PyPI, measured at three trade-offs of one index, for it is approximate.

Bruch, Nardini, Rulli, Venturini: Efficient Inverted Indexes for Approximate Retrieval over Learned Sparse
Representations, SIGIR 2024.
"""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_eval.peers.base import Numbers, Peer, Scores, by_number, folder_bytes

TRADE_OFFS = {"cut 5, factor .9": (5, 0.9), "cut 10, factor .8": (10, 0.8), "cut 20, factor .6": (20, 0.6)}
"""Heaviest query terms that are looked at, and how far a summary may fall short of the worst hit."""


class Seismic(Peer):
    """Built with its defaults; half-precision documents, 8-bit summaries."""

    requires = "pyseismic-lsr"
    imports = "seismic"
    settings = tuple(TRADE_OFFS)

    def build(self, documents: csr_array, folder: Path) -> None:
        seismic = importlib.import_module("seismic")
        self._string = seismic.get_seismic_string()
        dataset = seismic.SeismicDataset()
        dataset.add_documents_by_id(
            [str(number) for number in range(documents.shape[0])],
            documents.indices.astype(np.int64),
            documents.data.astype(np.float32),
            documents.indptr.astype(np.int64),
        )
        self._index = seismic.SeismicIndex.build_from_dataset(dataset)
        self._folder = folder
        self._index.save(str(folder / "index"))

    def prepare(self, terms: NDArray[np.int32], weights: Scores) -> tuple[Any, Scores]:
        return np.array([str(term) for term in terms.tolist()], dtype=self._string), weights

    def search(self, query: Any, k: int, setting: str) -> list[tuple[str, float, str]]:
        cut, factor = TRADE_OFFS[setting]
        found: list[tuple[str, float, str]] = self._index.search("0", *query, k, cut, factor) if len(query[0]) else []
        return found

    def answer(self, found: list[tuple[str, float, str]]) -> tuple[Numbers, Scores]:
        return by_number([name for _, _, name in found], [score for _, score, _ in found])

    def bytes(self) -> int:
        return folder_bytes(self._folder)

    def close(self) -> None:
        del self._index
