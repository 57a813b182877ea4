import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from lsr_index import order as module
from lsr_index.order import bisection, bisection_of


def rows_of(lists, size=12):
    indptr = np.concatenate([[0], np.cumsum([len(terms) for terms in lists])])
    indices = np.array([term for terms in lists for term in terms], dtype=np.int32)
    weights = np.linspace(0.1, 3, len(indices), dtype=np.float32)
    return csr_array((weights, indices, indptr), shape=(len(lists), size))


def clusters(count, seed=0):
    """Even documents draw from terms 0 to 39, odd ones from 40 to 79; a few terms are common."""
    random = np.random.default_rng(seed)
    lists = [
        np.concatenate([random.choice(40, 8, replace=False) + 40 * (d % 2), 80 + random.choice(5, 2, replace=False)])
        for d in range(count)
    ]
    return rows_of(lists, 85)


def is_permutation(order, count):
    return order.dtype == np.uint32 and np.array_equal(np.sort(order), np.arange(count))


@given(
    st.lists(st.lists(st.integers(0, 11), max_size=6, unique=True), max_size=90),
    st.integers(1, 40),
    st.integers(1, 4),
    st.integers(1, 3),
)
def test_any_documents_give_a_permutation(lists, leaf, limit, threads):
    rows = rows_of(lists)
    order = bisection(rows, leaf=leaf, terms_per_document=limit, threads=threads)
    assert is_permutation(order, len(lists))


@pytest.mark.parametrize("count", [0, 1, 2, 31, 32, 33, 256, 257, 300])
def test_equal_documents_give_a_permutation(count):
    assert is_permutation(bisection(rows_of([[1, 2, 3]] * count), leaf=32), count)


@pytest.mark.parametrize("whole", [64, module.WHOLE])
def test_threads_do_not_change_the_order(monkeypatch, whole):
    monkeypatch.setattr(module, "WHOLE", whole)
    rows = clusters(1000)
    orders = [bisection(rows, leaf=16, threads=threads) for threads in (1, 2, 3)]
    assert is_permutation(orders[0], 1000)
    assert all(np.array_equal(orders[0], order) for order in orders)


@pytest.mark.parametrize("whole", [64, module.WHOLE])
def test_interleaved_clusters_are_separated(monkeypatch, whole):
    monkeypatch.setattr(module, "WHOLE", whole)
    order = bisection(clusters(512), leaf=32, threads=2)
    pure = order.reshape(-1, 32) % 2
    assert set(pure.sum(axis=1).tolist()) == {0, 32}
    assert len({int(half.sum()) for half in pure.reshape(2, -1)}) == 2


@pytest.mark.parametrize("count", [0, 1, 40, 1000, 1001])
def test_progress_adds_up(monkeypatch, count):
    monkeypatch.setattr(module, "WHOLE", 128)
    told = []
    bisection(clusters(count), leaf=16, threads=2, progress=told.append)
    assert sum(told) == count
    assert all(step > 0 for step in told)
    assert count < 1000 or len(told) > 5


def test_flat_arrays_of_other_types_give_the_same_order():
    rows = clusters(200)
    expected = bisection(rows)
    for dtype in (np.uint16, np.uint32, np.int64):
        order = bisection_of(rows.indptr[1:].astype(np.int64), rows.indices.astype(dtype), rows.data, rows.shape[1])
        assert np.array_equal(order, expected)


def test_seed_changes_the_beginning_only():
    rows = clusters(300)
    first, second = bisection(rows, seed=0), bisection(rows, seed=5)
    assert is_permutation(second, 300)
    assert not np.array_equal(first, second)


def test_the_heaviest_terms_decide():
    """Light terms pair the documents otherwise than heavy ones do."""
    heavy = [[d % 2, 2 + d // 2 % 2] for d in range(128)]
    indptr = np.arange(0, 257, 2)
    weights = np.tile(np.array([3.0, 0.1], dtype=np.float32), 128)
    rows = csr_array((weights, np.array(heavy).ravel().astype(np.int32), indptr), shape=(128, 4))
    order = bisection(rows, leaf=64, terms_per_document=1)
    assert set((order.reshape(2, 64) % 2).sum(axis=1).tolist()) == {0, 64}
