"""Inverse document frequency, the one formula that BM25 and inference-free queries share."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def idf(frequencies: NDArray[np.int64], documents: int) -> NDArray[np.float32]:
    """Return ln(1 + (N - n + 0.5) / (n + 0.5)) for document frequencies n, all > 0 (Robertson & Zaragoza)."""
    n = frequencies.astype(np.float64)
    return np.log1p((documents - n + 0.5) / (n + 0.5)).astype(np.float32)


def count_documents(token_lists: Iterable[list[int]], frequencies: NDArray[np.int64]) -> int:
    """Add each document's distinct tokens to `frequencies` and return how many documents there were."""
    documents = 0
    for tokens in token_lists:
        frequencies[list(set(tokens))] += 1
        documents += 1
    return documents
