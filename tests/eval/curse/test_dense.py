"""Dense vectors in fewer dimensions and bytes, searched exactly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsr_eval.curse import elements, exact_search, projection
from lsr_eval.curse.dense import TurnedVectors
from lsr_eval.curse.pool import Pool

RNG = np.random.default_rng(5)
DOCUMENTS = RNG.standard_normal((40, 12)).astype(np.float32)
QUERIES = RNG.standard_normal((3, 12)).astype(np.float32)


def naive(queries, documents, k):
    scores = queries @ documents.T
    return [sorted(range(len(documents)), key=lambda n: (-row[n], n))[:k] for row in scores]


@settings(max_examples=30)
@given(count=st.integers(0, 40), k=st.integers(1, 50), block=st.integers(1, 9), levels=st.integers(1, 3))
def test_search_is_a_full_sort(count, k, block, levels):
    documents = np.rint(DOCUMENTS[:count] * levels)  # whole numbers, so that blocks round alike
    queries = np.rint(QUERIES * levels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact_search, "BLOCK", block)
        patch.setattr(exact_search, "QUERIES", 2)
        scores, numbers = exact_search.search(queries, documents, k)
    expected = (queries @ documents.T).astype(np.float32)
    assert scores.shape == numbers.shape == (3, min(k, count))
    for row, found, places in zip(expected, scores, numbers, strict=True):
        assert found.tolist() == sorted(row.tolist(), reverse=True)[:k]
        assert row[places].tolist() == found.tolist()
        assert len(set(places.tolist())) == len(places)


def test_no_queries():
    assert exact_search.search(QUERIES[:0], DOCUMENTS, 5)[1].shape == (0, 5)


@pytest.mark.parametrize("kind", ["truncate", "pca", "random"])
def test_all_dimensions_leave_inner_products_as_they_are(kind):
    basis = projection.basis(kind, DOCUMENTS, 1)
    np.testing.assert_allclose(basis.T @ basis, np.eye(12), atol=1e-5)
    np.testing.assert_allclose((QUERIES @ basis) @ (DOCUMENTS @ basis).T, QUERIES @ DOCUMENTS.T, atol=1e-4)
    np.testing.assert_array_equal(basis, projection.basis(kind, DOCUMENTS, 1))


def test_pca_finds_the_plane_that_vectors_lie_in():
    flat = (RNG.standard_normal((40, 2)) @ RNG.standard_normal((2, 12))).astype(np.float32)
    cut = flat @ projection.basis("pca", flat, 0)[:, :2]
    np.testing.assert_allclose(cut @ cut.T, flat @ flat.T, rtol=1e-3, atol=1e-3)


def turned(normalized):
    ids = [f"x/{n}" for n in range(len(DOCUMENTS))]
    pool = Pool(["x (test)"], [], {f"x/q{n}": "" for n in range(3)}, {}, frozenset(), ids, ids, 1, 0, 0)
    return TurnedVectors(pool, ids, QUERIES, DOCUMENTS, normalized=normalized)


@pytest.mark.parametrize("normalized", [True, False])
def test_truncated_dimensions_are_those_of_a_plain_computation(normalized):
    found = turned(normalized).answers(5, "float32", 7)
    queries, documents = QUERIES[:, :5], DOCUMENTS[:, :5]
    if normalized:
        queries = queries / np.linalg.norm(queries, axis=1, keepdims=True)
        documents = documents / np.linalg.norm(documents, axis=1, keepdims=True)
    assert [[f"x/{n}" for n in row] for row in naive(queries, documents, 7)] == [list(h) for h in found.run.values()]
    best = next(iter(found.run["x/q0"].values()))
    assert best == pytest.approx(float((queries[0] @ documents.T).max()), rel=1e-5)
    assert found.bytes == 40 * 5 * 4


def test_an_own_document_is_no_answer():
    ids = ["x/q0", "x/q1", "x/d"]
    pool = Pool(["x (test)"], [], {"x/q0": "", "x/q1": ""}, {}, frozenset({"x/q0"}), ids, ids, 3, 0, 0)
    run = TurnedVectors(pool, ids, QUERIES[:2], DOCUMENTS[:3], normalized=False).answers(12, "float32", 2).run
    assert set(run["x/q0"]) == {"x/q1", "x/d"}
    assert len(run["x/q1"]) == 2


def test_dimensions_of_as_many_bytes_by_hand():
    # A thousand vectors in 100,000 bytes: 100 bytes each.
    assert elements.dims_within(100_000, 1000, "float32") == 25
    assert elements.dims_within(100_000, 1000, "float16") == 50
    assert elements.dims_within(100_000, 1000, "int8") == 99  # a dimension is 1,000 bytes and 4 for its scale
    assert elements.dims_within(399, 100, "float32") == 0
    assert elements.size(1000, 99, "int8") == 99_396


@given(available=st.integers(0, 10**6), count=st.integers(1, 1000), element=st.sampled_from(list(elements.WIDTHS)))
def test_as_many_dimensions_as_fit_and_not_one_more(available, count, element):
    dims = elements.dims_within(available, count, element)
    assert elements.size(count, dims, element) <= available < elements.size(count, dims + 1, element)


def test_what_is_kept_is_near_what_was_given():
    half, eighth = elements.kept(DOCUMENTS, "float16"), elements.kept(DOCUMENTS, "int8")
    np.testing.assert_array_equal(half, DOCUMENTS.astype(np.float16).astype(np.float32))
    steps = np.abs(DOCUMENTS).max(axis=0) / 127
    assert (np.abs(eighth - DOCUMENTS) <= steps / 2 + 1e-6).all()
    assert all(len(np.unique(column)) <= 255 for column in eighth.T)
    assert not elements.kept(np.zeros((3, 2), dtype=np.float32), "int8").any()


def test_zeros_have_no_direction():
    assert not projection.unit(np.zeros((1, 4), dtype=np.float32)).any()
