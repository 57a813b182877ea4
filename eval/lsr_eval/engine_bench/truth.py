"""The exact answers, and how much of them an engine found."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_index.arrays import F32, I32, I64

F64 = NDArray[np.float64]

CHUNK = 100_000
TIE = 1e-6
"""Relative difference below which two scores are one: float32 sums in different orders differ by less."""


@dataclass(frozen=True)
class Quality:
    """How one engine's answers compare with the exact ones, over all queries."""

    recall: float
    """Mean share of the best k that was found; any document that ties with the k-th counts."""
    worst: float
    """The least recall of a query."""
    returned: float
    """Mean number of hits."""


class Truth:
    """Exact scores in float64 of float32 weights: the best ones of each query, and of any document on demand.

    Args:
        documents: float32, shape (n, V).
        queries: float32, shape (q, V).
        depth: Largest k that is asked for.
    """

    def __init__(self, documents: csr_array, queries: csr_array, depth: int) -> None:
        self._documents, self._queries = documents, queries
        self._best = [np.empty(0) for _ in range(queries.shape[0])]
        # Chunk by chunk, so that the postings by term never stand in memory whole.
        for start in range(0, documents.shape[0], CHUNK):
            columns = documents[start : start + CHUNK].tocsc()
            scores = np.zeros(columns.shape[0])
            for query in range(queries.shape[0]):
                terms, weights = self._terms(query)
                _add_scores(columns.indptr, columns.indices, columns.data, terms, weights, scores)
                matches = np.concatenate([self._best[query], scores[scores > 0]])
                if len(matches) > depth:
                    matches = np.partition(matches, -depth)[-depth:]
                self._best[query] = matches
                scores[:] = 0
        self._best = [np.sort(best)[::-1] for best in self._best]

    def quality(self, answers: list[NDArray[np.int64]], k: int) -> Quality:
        """Compare document numbers, one array a query; those after the first k, and repetitions, do not count.

        A query with fewer than k matches is answered in full by all of them, one without a match by anything.
        """
        dense = np.zeros(self._documents.shape[1])
        recalls = []
        for query, numbers in enumerate(answers):
            wanted = min(k, len(self._best[query]))
            if not wanted:
                recalls.append(1.0)
                continue
            terms, weights = self._terms(query)
            dense[terms] = weights
            rows = self._documents
            scores = _scores_of(rows.indptr, rows.indices, rows.data, np.unique(numbers[:k]), dense)
            dense[terms] = 0
            enough = self._best[query][wanted - 1] * (1 - TIE)
            recalls.append(min(1.0, float((scores >= enough).sum()) / wanted))
        returned = float(np.mean([len(numbers) for numbers in answers]))
        return Quality(float(np.mean(recalls)), min(recalls), returned)

    def _terms(self, query: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        start, stop = self._queries.indptr[query], self._queries.indptr[query + 1]
        return self._queries.indices[start:stop], self._queries.data[start:stop]


@njit(cache=True)
def _add_scores(ends: I64, numbers: I32, weights: F32, terms: I32, query_weights: F32, scores: F64) -> None:
    for i in range(terms.size):
        for p in range(ends[terms[i]], ends[terms[i] + 1]):
            scores[numbers[p]] += np.float64(query_weights[i]) * np.float64(weights[p])


@njit(cache=True)
def _scores_of(ends: I64, terms: I32, weights: F32, numbers: I64, dense_query: F64) -> F64:
    scores = np.zeros(numbers.size)
    for i in range(numbers.size):
        for p in range(ends[numbers[i]], ends[numbers[i] + 1]):
            scores[i] += dense_query[terms[p]] * np.float64(weights[p])
    return scores
