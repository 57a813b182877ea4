"""A teacher whose scores are inner products of vectors, computed once a text and looked up ever after."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse, vstack

from lsr.encoders.base import batched
from lsr.encoders.dense import Side
from lsr.training.data.batches import Batch
from lsr.training.data.examples import Source
from lsr.training.teachers.base import text_of
from lsr.training.teachers.embedders import Embedder
from lsr.training.teachers.parts import keys_of
from lsr.training.teachers.vector_cache import VectorCache, Vectors
from lsr_index.arrays import F32
from lsr_index.errors import InputError
from lsr_index.progress import Bars

PART = 4096  # texts; so much work is lost when it is interrupted
SIDES: tuple[Side, Side] = ("query", "document")


class VectorTeacher:
    """Any encoder as a teacher.

    Args:
        name: In messages and logs.
        load: Loads the encoder when it is first needed.
        cache: A folder for the vectors of all teachers.
    """

    def __init__(self, name: str, load: Callable[[], Embedder], cache: Path) -> None:
        self.name = name
        self._load = load
        self._folder = cache
        self._embedder: Embedder | None = None
        self._caches: dict[str, VectorCache] = {}

    def prepare(self, sources: Sequence[Source], bars: Bars) -> None:
        """Encode all queries and documents that examples name and the cache lacks."""
        embedder = self._embedder = self._load()
        embedder.fit(text for source in sources for text in _texts(source, "document"))
        for side in SIDES:
            cache = self._caches[side] = embedder.open_cache(self._folder / embedder.identity / side)
            missing: dict[int, tuple[Source, str]] = {}
            for source in sources:
                for ids in batched(_ids(source, side), PART):
                    keys = keys_of([text_of(source, side, text_id) for text_id in ids])
                    for n in np.flatnonzero(cache.locate(keys) < 0):
                        missing.setdefault(int(keys[n]), (source, ids[n]))
            with bars(f"{self.name}: {len(missing)} {side} texts", len(missing)) as advance:
                for part in batched(missing.items(), PART):
                    texts = [text_of(source, side, text_id) for _, (source, text_id) in part]
                    keys = np.array([number for number, _ in part], dtype=np.uint64)
                    cache.append(keys, embedder.encode(texts, side, advance))

    def scores(self, batch: Batch) -> F32:
        """Return the inner product of every query with every document."""
        queries, documents = self.vectors(batch.queries, "query"), self.vectors(batch.documents, "document")
        product: Any = queries @ documents.T
        return np.asarray(product.toarray() if issparse(product) else product, dtype=np.float32)

    def vectors(self, texts: Sequence[str], side: Side) -> Vectors:
        """Return a row of every text, looked up where it is known and encoded where not."""
        if self._embedder is None:
            raise InputError(f"the teacher {self.name} was asked for scores before it was prepared")
        cache = self._caches[side]
        rows = cache.locate(keys_of(texts))
        known, fresh = np.flatnonzero(rows >= 0), np.flatnonzero(rows < 0)
        stored = cache.get(rows[known])
        if not len(fresh):
            return stored
        # Texts that no example names, sampled elsewhere: not kept, other processes may be writing.
        encoded = self._embedder.encode([texts[n] for n in fresh.tolist()], side, lambda _: None)
        stacked: Any = vstack([stored, encoded], format="csr") if issparse(encoded) else np.vstack([stored, encoded])
        order = np.argsort(np.concatenate([known, fresh]))
        return csr_array(stacked[order]) if issparse(stacked) else stacked[order]


def _ids(source: Source, side: str) -> Iterator[str]:
    seen: set[str] = set()
    for example in chain(source.examples, source.along):
        for text_id in (example.query_id,) if side == "query" else (example.positive, *example.negatives):
            if text_id not in seen:
                seen.add(text_id)
                yield text_id


def _texts(source: Source, side: str) -> Iterator[str]:
    return (text_of(source, side, text_id) for text_id in _ids(source, side))
