"""Exact search of dense vectors: every inner product, block by block."""

import numpy as np

from lsr_index.arrays import F32, I64

BLOCK = 16_384  # documents whose scores are held at a time
QUERIES = 256


def search(queries: F32, documents: F32, k: int) -> tuple[F32, I64]:
    """Find the k documents with the largest inner product, for each query.

    Args:
        queries: float32[q, d].
        documents: float32[n, d].
        k: How many; all of them where there are fewer.

    Returns:
        Scores float32[q, min(k, n)] and document numbers int64, best first, equal scores by rising number.
    """
    k = min(k, len(documents))
    parts = [_search(queries[start : start + QUERIES], documents, k) for start in range(0, len(queries), QUERIES)]
    if not parts:
        return np.empty((0, k), dtype=np.float32), np.empty((0, k), dtype=np.int64)
    return np.concatenate([scores for scores, _ in parts]), np.concatenate([numbers for _, numbers in parts])


def _search(queries: F32, documents: F32, k: int) -> tuple[F32, I64]:
    scores = np.empty((len(queries), 0), dtype=np.float32)
    numbers = np.empty((len(queries), 0), dtype=np.int64)
    for start in range(0, len(documents), BLOCK):
        fresh = queries @ documents[start : start + BLOCK].T
        places = np.broadcast_to(np.arange(start, start + fresh.shape[1]), fresh.shape)
        scores = np.concatenate([scores, fresh], axis=1)
        numbers = np.concatenate([numbers, places], axis=1)
        if scores.shape[1] > k:
            best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
            scores, numbers = np.take_along_axis(scores, best, 1), np.take_along_axis(numbers, best, 1)
    order = np.lexsort((numbers, -scores), axis=1)
    return np.take_along_axis(scores, order, 1), np.take_along_axis(numbers, order, 1)
