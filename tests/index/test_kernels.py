"""Pruned search equals the oracle, and the oracle equals arithmetic done elsewhere."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from lsr_index import SparseIndex
from lsr_index.kernels import topk
from tests.index.conftest import build, random_vectors


def assert_same(index, queries, k):
    oracle = index.search(queries, k, mode="exhaustive")
    for mode in ("safe", "pruned", "scan"):
        for found, expected in zip(index.search(queries, k, mode=mode), oracle, strict=True):
            assert found.ids == expected.ids
            assert found.scores.tolist() == expected.scores.tolist()


def arithmetic(documents, scales, query):
    """Scores by NumPy: whole numbers, as `kernels.answer` defines them, and the unit they come in."""
    impacts = documents.toarray()
    impacts = np.where(impacts > 0, np.clip(np.rint(impacts / scales), 1, 255), 0).astype(np.int64)
    products = query.astype(np.float64) * scales
    terms = np.flatnonzero(query)
    unit = sum(products[terms].tolist()) * 255 / (2**31 - 1 - 255 * len(terms)) if len(terms) else 1.0
    weights = np.zeros(len(query), np.int64)
    weights[terms] = np.maximum(1, np.rint(products[terms] / unit))
    return impacts @ weights, unit


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(1, 2000),
    size=st.integers(1, 30),
    density=st.sampled_from([0.005, 0.02, 0.1, 0.3, 1.0]),
    levels=st.sampled_from([0, 1, 3]),
    k=st.sampled_from([1, 2, 10, 100, 129, 400, 2001]),
    ordered=st.booleans(),
    asked=st.sampled_from([0.1, 0.5]),  # short queries have a traversal of their own
)
def test_every_traversal_equals_arithmetic(seed, n, size, density, levels, k, ordered, asked):
    documents, queries = (
        random_vectors(seed, n, size, density, levels),
        random_vectors(seed + 1, 3, size, asked, levels),
    )
    order = np.random.default_rng(seed).permutation(n).astype(np.uint32) if ordered else None
    with tempfile.TemporaryDirectory() as folder:
        index = build(Path(folder) / "idx", documents, order=order)
        for row, hits in enumerate(index.search(queries, k, mode="exhaustive")):
            scores, unit = arithmetic(documents, index.segments[0].postings.scales, queries.toarray()[row])
            best = np.lexsort((np.arange(n), -scores))[: min(k, np.count_nonzero(scores))]
            assert hits.numbers.tolist() == best.tolist()
            assert hits.scores.tolist() == (scores[best] * unit).astype(np.float32).tolist()
        assert_same(index, queries, k)


@pytest.mark.parametrize("k", [1, 10, 1000, 140_000])
def test_several_chunks(tmp_path, k):
    # Two chunks and a piece; rows of every form; terms that only one chunk has.
    random = np.random.default_rng(3)
    shares = [0.6, 0.2, 0.05, 0.004, 0.0004, 0.00001]
    columns = []
    for share in shares:
        column = np.where(random.random(140_000) < share, random.integers(1, 200, 140_000), 0)
        columns.append(column)
    columns.append(np.where(np.arange(140_000) > 131_000, 7, 0))
    columns.append(np.where(np.arange(140_000) // 256 % 40 == 0, 9, 0))
    index = build(tmp_path / "idx", csr_array(np.stack(columns, axis=1).astype(np.float32)), order=False)
    assert all(index.segments[0].postings.form_counts().values())
    queries = (random.random((6, len(columns))) < 0.7) * random.random((6, len(columns)))
    assert_same(index, csr_array(queries.astype(np.float32)), k)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), k=st.sampled_from([1, 10, 200]), terms=st.integers(1, 8))
def test_short_queries_where_rows_have_every_form(seed, k, terms):
    random = np.random.default_rng(seed)
    shares = random.choice([0.4, 0.1, 0.05, 0.01, 0.001], 10)
    documents = (random.random((6000, 10)) < shares) * random.integers(1, 4, (6000, 10))
    query = np.zeros((1, 10), np.float32)
    query[0, random.choice(10, terms, replace=False)] = random.choice([0.1, 1, 3], terms)
    with tempfile.TemporaryDirectory() as folder:
        index = build(Path(folder) / "idx", csr_array(documents.astype(np.float32)), order=False)
        assert_same(index, csr_array(query), k)


def test_threads_share_a_batch(index):
    queries = random_vectors(9, 50, 40)
    for one, two in zip(index.search(queries, 10), index.search(queries, 10, threads=2), strict=True):
        assert one.ids == two.ids
        assert one.scores.tolist() == two.scores.tolist()


@pytest.mark.parametrize("size", [1e-45, 1e-38, 1e-37, 1e-20, 1e20, 1e30])
@pytest.mark.parametrize("documents_size", [1e-38, 1.0, 1e29])
def test_weights_at_both_ends_of_float32(tmp_path, size, documents_size):
    vectors = random_vectors(1, 300, 40) * np.float32(documents_size)
    index = build(tmp_path / "idx", vectors)
    plain, extreme = random_vectors(2, 5, 40), random_vectors(2, 5, 40)
    extreme.data[:] = np.minimum(extreme.data * np.float32(size), np.float32(1e30))
    assert_same(index, extreme, 10)
    if 1e-30 < size < 1e30:
        for hits, expected in zip(index.search(extreme, 10), index.search(plain, 10), strict=True):
            assert hits.ids == expected.ids


def test_oracle_equals_scipy_on_the_stored_weights(index):
    documents, queries = random_vectors(1, 300, 40), random_vectors(2, 20, 40)
    scales = index.segments[0].postings.scales[documents.indices]
    stored = csr_array(documents, dtype=np.float64)
    stored.data = np.clip(np.rint(documents.data / scales), 1, 255) * scales
    expected = (csr_array(queries, dtype=np.float64) @ stored.T).toarray()
    for row, hits in enumerate(index.search(queries, 300, mode="exhaustive")):
        assert len(hits) == np.count_nonzero(expected[row])
        np.testing.assert_allclose(hits.scores, expected[row][hits.numbers], rtol=1e-5)


def test_ties_stand_in_insertion_order(tmp_path):
    index = build(tmp_path / "idx", csr_array(np.ones((500, 3), dtype=np.float32)))
    hits = index.search(csr_array(np.ones((1, 3), dtype=np.float32)), 7)[0]
    assert hits.ids == [f"d{n}" for n in range(7)]


@pytest.mark.parametrize(("k", "found"), [(1, 1), (10, 10), (30, 30), (500, 30)])
def test_every_match_of_a_rare_term_is_found(tmp_path, k, found):
    # The peers' known failures: a single-term query, exactly as many matches as k, k = 1 on a rare term.
    dense = np.zeros((2000, 4), dtype=np.float32)
    dense[:, 0] = 1
    dense[::67, 1] = 2
    index = build(tmp_path / "idx", csr_array(dense))
    hits = index.search(csr_array(np.array([[0, 1, 0, 0]], dtype=np.float32)), k)[0]
    assert hits.ids == [f"d{n}" for n in range(0, 2000, 67)][:found]


def test_empty_and_unknown_queries_find_nothing(index):
    assert [len(hits) for hits in index.search(csr_array((2, 40), dtype=np.float32))] == [0, 0]


def test_many_strong_terms_do_not_overflow(tmp_path):
    index = build(tmp_path / "idx", csr_array(np.full((3, 40), 3.5, dtype=np.float32)))
    hits = index.search(csr_array(np.full((1, 40), 1000.0, dtype=np.float32)), 3)[0]
    np.testing.assert_allclose(hits.scores, 140_000, rtol=1e-5)


@settings(deadline=None)  # the first example compiles
@given(
    st.lists(
        st.tuples(st.one_of(st.integers(0, 5), st.integers(0, 2**31 - 1)), st.integers(0, 2**32 - 1)),
        max_size=2000,
        unique_by=lambda pair: pair[1],
    ),
    st.sampled_from([1, 2, 8, 128, 129, 700]),
)
def test_topk_keeps_the_best(pairs, k):
    top = topk.make(k)
    topk.reset(top, k)
    padded = (len(pairs) + 255) // 256 * 256
    scores, numbers = np.zeros(padded, np.int32), np.zeros(padded, np.uint32)
    for place, (score, number) in enumerate(pairs):
        scores[place], numbers[place] = score, number
    for start in range(0, padded, 256):
        topk.offer(top, scores, np.uint64(start), np.uint64(256), np.uint64(start), numbers, 0, np.empty(0, np.uint8))
    keys = np.empty(k, np.uint64)
    best = keys[: topk.finish(top, keys)]
    expected = sorted(((s, n) for s, n in pairs if s), key=lambda pair: (-pair[0], pair[1]))[:k]
    assert [(int(topk.score_of(key)), int(topk.number_of(key))) for key in best] == expected


def test_impacts_beyond_a_byte_keep_their_order(tmp_path):
    # (Peers wrap 300 to 44.)
    index = build(tmp_path / "idx", csr_array(np.array([[300], [44], [255]], dtype=np.float32)))
    hits = index.search(csr_array(np.ones((1, 1), dtype=np.float32)), 3)[0]
    assert hits.ids == ["d0", "d2", "d1"]
    np.testing.assert_allclose(hits.scores, [300, 255, 44], atol=300 / 255)


@pytest.mark.parametrize("mode", ["safe", "pruned", "scan", "exhaustive"])
def test_an_index_without_documents_left_finds_nothing(tmp_path, mode):
    index = build(tmp_path / "idx", random_vectors(1, 50, 8))
    with SparseIndex.open(index.path, writable=True) as writer:
        writer.delete([f"d{n}" for n in range(50)])
        writer.commit()
    for merged in (False, True):
        if merged:
            with SparseIndex.open(index.path, writable=True) as writer:
                writer.merge(everything=True)
        assert [
            len(hits) for hits in SparseIndex.open(index.path).search(random_vectors(2, 3, 8, 0.8), 10, mode=mode)
        ] == [0, 0, 0]
