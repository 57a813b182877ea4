"""An encoder whose document vectors are kept on disk by text, so that nothing is encoded twice."""

import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from lsr.encoders.base import Passing, Progress, SparseEncoder, batched
from lsr.training.teachers.parts import keys_of
from lsr.training.teachers.vector_cache import SparseCache
from lsr_index import durable
from lsr_index.vocabulary import Vocabulary

PART = 1024  # texts; so much work is lost when it is interrupted
SPEED = "speed.json"


class CachedEncoder(SparseEncoder):
    """Give what another encoder gives, and look documents up that it encoded before.

    Args:
        encoder: The encoder; its documents' vectors must hang on nothing but the text.
        folder: Of the vectors of this model, set as it is.
    """

    def __init__(self, encoder: SparseEncoder, folder: Path) -> None:
        self._encoder = encoder
        self.name, self.kind = encoder.name, encoder.kind  # type: ignore[misc]
        self.needs_corpus, self.heeds_corpus = encoder.needs_corpus, encoder.heeds_corpus  # type: ignore[misc]
        self._cache = SparseCache(folder, len(encoder.vocabulary))
        self._speed = folder / SPEED

    @property
    def vocabulary(self) -> Vocabulary:
        """The encoder's."""
        return self._encoder.vocabulary

    @property
    def cut(self) -> int:
        """Documents encoded here of which only the beginning was read."""
        return self._encoder.cut

    @property
    def documents_per_second(self) -> float | None:
        """Speed over all documents that were ever encoded into this folder; None before the first."""
        try:
            documents, seconds = json.loads(self._speed.read_text())
        except (OSError, ValueError):
            return None
        return float(documents / seconds) if seconds else None

    def encode_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> csr_array:
        """Look documents up, and encode those that are not there, part by part."""
        keys = keys_of(texts)
        fresh = {int(keys[n]): n for n in np.flatnonzero(self._cache.locate(keys) < 0).tolist()}
        for part in batched(fresh.items(), PART):
            started = time.perf_counter()
            rows = self._encoder.encode_documents([texts[n] for _, n in part], progress=progress)
            self._note_speed(len(part), time.perf_counter() - started)
            self._cache.append(np.array([number for number, _ in part], dtype=np.uint64), rows)
        if progress:
            progress(len(texts) - len(fresh))
        return self._cache.get(self._cache.locate(keys))

    def encode_queries(self, texts: Sequence[str], *, progress: Progress | None = None) -> csr_array:
        """Encode queries."""
        return self._encoder.encode_queries(texts, progress=progress)

    def fit(self, texts: Iterable[str]) -> None:
        """Fit the encoder."""
        self._encoder.fit(texts)

    def passing(self) -> Passing | None:
        """Let the encoder see the corpus pass."""
        return self._encoder.passing()

    def take(self, seen: Passing) -> None:
        """Set the encoder."""
        self._encoder.take(seen)

    @property
    def queries_cut(self) -> int:  # type: ignore[override]
        """Queries encoded here of which only the beginning was read."""
        return self._encoder.queries_cut

    def record(self) -> dict[str, Any]:
        """Return the encoder's record."""
        return self._encoder.record()

    def save_query_side(self, folder: Path) -> None:
        """Save the encoder's query side."""
        self._encoder.save_query_side(folder)

    def _note_speed(self, documents: int, seconds: float) -> None:
        try:
            before = json.loads(self._speed.read_text())
        except (OSError, ValueError):
            before = [0, 0.0]
        durable.replace(self._speed, json.dumps([before[0] + documents, before[1] + seconds]).encode())
