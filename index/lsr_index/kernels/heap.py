"""A fixed-capacity heap of the best documents, worst on top.

Order: higher score first, then lower document number. The arrays `scores` float32[k] and `documents` int64[k] hold
the heap; `size` says how much of them is in use.
"""

import numpy as np
from numba import njit

from lsr_index.arrays import F32, I64


@njit(cache=True, nogil=True, inline="always")
def _worse(score_a: float, document_a: int, score_b: float, document_b: int) -> bool:
    return score_a < score_b or (score_a == score_b and document_a > document_b)


@njit(cache=True, nogil=True)
def push(scores: F32, documents: I64, size: int, score: float, document: int) -> int:
    """Offer a document to the heap and return the heap's new size; a full heap drops its worst."""
    if size < scores.size:
        child = size
        while child > 0:
            parent = (child - 1) >> 1
            if not _worse(score, document, scores[parent], documents[parent]):
                break
            scores[child], documents[child] = scores[parent], documents[parent]
            child = parent
        scores[child], documents[child] = score, document
        return size + 1
    if _worse(scores[0], documents[0], score, document):
        _sift_down(scores, documents, size, score, document)
    return size


@njit(cache=True, nogil=True)
def _sift_down(scores: F32, documents: I64, size: int, score: float, document: int) -> None:
    parent = 0
    while True:  # ends: parent grows at every turn
        child = 2 * parent + 1
        if child >= size:
            break
        if child + 1 < size and _worse(scores[child + 1], documents[child + 1], scores[child], documents[child]):
            child += 1
        if not _worse(scores[child], documents[child], score, document):
            break
        scores[parent], documents[parent] = scores[child], documents[child]
        parent = child
    scores[parent], documents[parent] = score, document


@njit(cache=True, nogil=True)
def sort(scores: F32, documents: I64, size: int) -> None:
    """Order the heap's content best first, in place."""
    for last in range(size - 1, 0, -1):
        score, document = scores[last], documents[last]
        scores[last], documents[last] = scores[0], documents[0]
        _sift_down(scores, documents, last, score, document)


def empty(k: int) -> tuple[F32, I64]:
    """Allocate a heap of capacity k: `(scores float32[k], documents int64[k])`."""
    return np.empty(k, dtype=np.float32), np.empty(k, dtype=np.int64)
