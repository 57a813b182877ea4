"""Vectors of texts, each computed once: kept on disk by the text's hash, part by part."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lsr.encoders.base import batched
from lsr.training.teachers.parts import keys_of
from lsr.training.teachers.vector_cache import VectorCache, Vectors
from lsr_index.errors import InputError
from lsr_index.progress import Bars

if TYPE_CHECKING:  # these load torch, which BM25 does without
    from lsr.encoders.dense import Side
    from lsr.training.teachers.embedders import Embedder

PART = 4096  # texts; so much work is lost when it is interrupted


class TextVectors:
    """Vectors of one encoder.

    Args:
        embedder: Makes them.
        cache: A folder for the vectors of all encoders.
    """

    def __init__(self, embedder: "Embedder", cache: Path) -> None:
        self._embedder = embedder
        self._folder = cache / embedder.identity
        self._caches: dict[Side, VectorCache] = {}

    def prepare(self, texts: Sequence[str], side: "Side", bars: Bars, label: str) -> None:
        """Encode the texts that the cache lacks; interrupted, the next call goes on where this one was."""
        cache = self._cache(side)
        keys = keys_of(texts)
        missing = {int(keys[n]): texts[n] for n in np.flatnonzero(cache.locate(keys) < 0).tolist()}
        with bars(label, len(missing)) as advance:
            for part in batched(missing.items(), PART):
                fresh = self._embedder.encode([text for _, text in part], side, advance)
                cache.append(np.array([key for key, _ in part], dtype=np.uint64), fresh)

    def of(self, texts: Sequence[str], side: "Side") -> Vectors:
        """Return a row of every text.

        Raises:
            InputError: if one was not prepared.
        """
        cache = self._cache(side)
        rows = cache.locate(keys_of(texts))
        if (rows < 0).any():
            raise InputError(f"{int((rows < 0).sum())} {side} texts have no vectors in {self._folder}; prepare them")
        return cache.get(rows)

    def _cache(self, side: "Side") -> VectorCache:
        if side not in self._caches:
            self._caches[side] = self._embedder.open_cache(self._folder / side)
        return self._caches[side]
