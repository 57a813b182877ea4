"""PISA (Mallia, Siedlaczek, Mackenzie, Suel, 2019) through pyterrier-pisa, without the data frames around it."""

import ctypes
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_eval.peers.base import Numbers, Peer, Scores

ENCODING = "block_simdbp"
QUERY_SCALE = 100.0
SERVING = ("quantized.", "fwd.termlex", "fwd.doclex")


class Pisa(Peer):
    """Exact on its own numbers: 8-bit documents, query weights in hundredths."""

    requires = "pyterrier-pisa"
    imports = "pyterrier_pisa"
    settings = ("maxscore", "block_max_wand")

    def build(self, documents: csr_array, folder: Path) -> None:
        tbb = Path(sys.prefix) / "lib" / "libtbb.so.2"
        if tbb.exists():  # the wheel of tbb puts it where no loader looks
            ctypes.CDLL(str(tbb), mode=ctypes.RTLD_GLOBAL)
        indexers = importlib.import_module("pyterrier_pisa.indexers")
        self._native: Any = importlib.import_module("pyterrier_pisa")._pisathon
        self._folder = folder / "index"
        scale = 255 / float(documents.data.max(initial=1e-9))
        indexers.PisaToksIndexer(str(self._folder), text_field="toks", scale=1.0).index(_rows(documents, scale))
        self._context = self._native.RetrievalContext()
        self._native.prepare_index(
            self._context, str(self._folder), ENCODING, "quantized", "", quantize=0, stop_fname=""
        )

    def prepare(self, terms: NDArray[np.int32], weights: Scores) -> dict[str, float]:
        scaled = np.maximum(1.0, np.rint(weights * QUERY_SCALE)).tolist()
        return {str(term): weight for term, weight in zip(terms.tolist(), scaled, strict=True)}

    def search(self, query: Any, k: int, setting: str) -> tuple[Any, Scores]:
        if not query:
            return [], np.empty(0, dtype=np.float32)
        names, scores = np.empty(k, dtype=object), np.empty(k, dtype=np.float32)
        size = self._native.retrieve(
            self._context, setting, [(0, query)], k=k, threads=1, query_weighted=1, pretokenised=True,
            result_qidxs=np.empty(k, dtype=np.int32), result_docnos=names,
            result_ranks=np.empty(k, dtype=np.int32), result_scores=scores,
        )  # fmt: skip
        return names[:size], scores[:size]

    def answer(self, found: tuple[Any, Scores]) -> tuple[Numbers, Scores]:
        return np.array([int(name) for name in found[0]], dtype=np.int64), found[1].copy()

    def bytes(self) -> int:
        # What answers queries; the folder also holds the uncompressed lists that it was made of.
        return sum(path.stat().st_size for path in self._folder.iterdir() if path.name.startswith(SERVING))


def _rows(documents: csr_array, scale: float) -> Iterator[dict[str, Any]]:
    for number in range(documents.shape[0]):
        start, stop = documents.indptr[number], documents.indptr[number + 1]
        impacts = np.maximum(1, np.rint(documents.data[start:stop] * scale)).tolist()
        terms = documents.indices[start:stop].tolist()
        yield {"docno": str(number), "toks": {str(term): impact for term, impact in zip(terms, impacts, strict=True)}}
