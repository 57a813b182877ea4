"""Scores of (query, document) pairs in two flat arrays: twelve bytes a pair, found by a hash."""

from collections.abc import Iterable

import numpy as np

from lsr.encoders.base import batched
from lsr.training.teachers.parts import keys_of
from lsr_index.arrays import F32, U64

CHUNK = 1 << 18


def pair_keys(pairs: Iterable[tuple[str, str]]) -> U64:
    """Return a 64-bit hash of each pair of texts or ids."""
    return keys_of([f"{len(first)}:{first}{second}" for first, second in pairs])


class PairScores:
    """Scores by pair; of a pair that occurs twice, the first counts.

    Args:
        scored: `(query id, document id, score)`.
    """

    def __init__(self, scored: Iterable[tuple[str, str, float]]) -> None:
        keys, scores = [np.empty(0, np.uint64)], [np.empty(0, np.float32)]
        for chunk in batched(scored, CHUNK):
            keys.append(pair_keys((query, document) for query, document, _ in chunk))
            scores.append(np.array([score for _, _, score in chunk], dtype=np.float32))
        self._keys, first = np.unique(np.concatenate(keys), return_index=True)
        self._scores: F32 = np.concatenate(scores)[first]

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, keys: U64) -> F32:
        """Return the score of each key, NaN where there is none."""
        if not len(self._keys):
            return np.full(len(keys), np.nan, dtype=np.float32)
        found = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[found] == keys, self._scores[found], np.float32(np.nan))
