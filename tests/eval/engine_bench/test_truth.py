import numpy as np
import pytest
from scipy.sparse import csr_array

from lsr_eval.engine_bench import truth
from lsr_eval.engine_bench.truth import Truth

DOCUMENTS = csr_array(np.array([[3, 0], [2, 0], [2, 0], [2, 1], [0, 1]], dtype=np.float32))
QUERIES = csr_array(np.array([[1, 0], [0, 0]], dtype=np.float32))


def answers(*numbers):
    return [np.array(numbers, dtype=np.int64), np.empty(0, dtype=np.int64)]


@pytest.mark.parametrize(
    ("numbers", "k", "recall"),
    [
        ((0, 1), 2, 1.0),
        ((0, 3), 2, 1.0),  # 1, 2 and 3 tie for the second place
        ((1, 2), 2, 1.0),  # ... and two of them are as good as any: each scores at least the second best score
        ((0, 4), 2, 0.5),
        ((0, 0), 2, 0.5),  # found twice is found once
        ((4, 4, 0), 2, 0.0),  # what comes after k does not count
        ((0, 1, 2, 3), 5, 1.0),  # only four match
        ((), 1, 0.0),
    ],
)
def test_recall_allows_ties(numbers, k, recall):
    quality = Truth(DOCUMENTS, QUERIES, 5).quality(answers(*numbers), k)
    assert quality.worst == recall
    assert quality.recall == (recall + 1) / 2  # the empty query is answered by nothing
    assert quality.returned == len(numbers) / 2


def test_rounding_of_float32_is_a_tie():
    documents = csr_array(np.array([[1.0], [1.0 - 1e-7]], dtype=np.float32))
    query = csr_array(np.ones((1, 1), dtype=np.float32))
    assert Truth(documents, query, 1).quality([np.array([1])], 1).recall == 1


def test_chunks_make_no_difference(monkeypatch):
    random = np.random.default_rng(0)
    documents = csr_array(random.integers(0, 3, (50, 8)).astype(np.float32))
    queries = csr_array(random.integers(0, 3, (5, 8)).astype(np.float32))
    whole = Truth(documents, queries, 7)
    monkeypatch.setattr(truth, "CHUNK", 11)
    parts = Truth(documents, queries, 7)
    assert all(np.array_equal(a, b) for a, b in zip(whole._best, parts._best, strict=True))
    scores = np.sort((documents @ queries.T).toarray(), axis=0)[::-1]
    assert all(np.array_equal(best, scores[:7, query]) for query, best in enumerate(parts._best))
