"""What narrows a search: filters, limits and deadlines."""

import time

import numpy as np
import pytest
from scipy.sparse import csr_array

from lsr_index import InputError, SparseIndex, Vocabulary
from lsr_index.documents import Document
from lsr_index.kernels.limits import Limits
from tests.index.conftest import random_vectors

COUNT = 12_000


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """12,000 documents in three segments, some deleted; rows of all forms; numbered, and a few marked."""
    path = tmp_path_factory.mktemp("limits") / "idx"
    parts = [random_vectors(seed, COUNT, 6, density, 3) for seed, density in enumerate((0.004, 0.02, 0.06, 0.4))]
    vectors = csr_array(np.hstack([part.toarray() for part in parts]))
    documents = [Document(f"d{n}", "", fields={"n": n, "rare": n % 997 == 0}) for n in range(COUNT)]
    ids = [document.id for document in documents]
    with SparseIndex.create(path, Vocabulary(f"t{n}" for n in range(vectors.shape[1]))) as builder:
        builder.add(ids[:9000], vectors[:9000], documents[:9000])
        builder.commit()
    with SparseIndex.open(path, writable=True) as writer:
        for first, last in ((9000, 11_000), (11_000, COUNT)):
            writer.add(ids[first:last], vectors[first:last], documents[first:last])
            writer.commit()
        writer.delete(ids[5:8000:3])
        writer.commit()
    return SparseIndex.open(path)


@pytest.fixture(scope="module")
def queries(index):
    return random_vectors(77, 8, len(index.vocabulary), 0.6)


@pytest.mark.parametrize("k", [1, 10, 500])
@pytest.mark.parametrize(
    "expression", ["n < 10000", "n >= 100 and n < 160", "rare = true", "n = 9001", "n < 0", "not n < 0"]
)
@pytest.mark.parametrize("mode", ["safe", "pruned", "scan"])
def test_a_filter_leaves_what_the_oracle_leaves(index, queries, expression, k, mode):
    everything = index.search(queries, COUNT, mode="exhaustive")
    found = index.search(queries, k, filter=expression, mode=mode)
    for hits, all_hits in zip(found, everything, strict=True):
        numbers = [int(document[1:]) for document in all_hits.ids]
        namespace = {"true": True}
        kept = [
            place
            for place, n in enumerate(numbers)
            if eval(expression.replace(" = ", " == "), namespace, {"n": n, "rare": n % 997 == 0})
        ][:k]
        assert hits.ids == [all_hits.ids[place] for place in kept]
        assert hits.scores.tolist() == all_hits.scores[kept].tolist()


def test_a_narrow_filter_looks_superblocks_up(index, queries):
    for hits in index.search(queries, 10, filter="n = 9001", mode="pruned"):
        assert hits.statistics.postings_few == 0
        assert hits.statistics.superblocks_scored <= 1


@pytest.mark.parametrize(
    "limits", [Limits(overestimate=1.3), Limits(superblocks=12), Limits(share=0.6), Limits(1.2, 20, 0.8)]
)
def test_limits_lose_documents_but_never_change_a_score(index, queries, limits):
    safe = index.search(queries, COUNT)
    for hits, all_hits in zip(index.search(queries, 10, limits=limits), safe, strict=True):
        scores = dict(zip(all_hits.ids, all_hits.scores.tolist(), strict=True))
        assert [scores[document] for document in hits.ids] == hits.scores.tolist()
        assert hits.scores.tolist() == sorted(hits.scores.tolist(), reverse=True)
        assert hits.scores[0] > 0


def test_limits_that_leave_nothing_out_are_safe(index, queries):
    for hits, safe in zip(index.search(queries, 10, limits=Limits()), index.search(queries, 10), strict=True):
        assert hits.ids == safe.ids


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(overestimate=0.9), "overestimate is 0.9"),
        (Limits(overestimate=float("nan")), "overestimate is nan"),
        (Limits(superblocks=0), "superblocks is 0"),
        (Limits(share=0.0), "share is 0.0"),
        (Limits(share=1.5), "share is 1.5"),
    ],
)
def test_unusable_limits(index, queries, limits, message):
    with pytest.raises(InputError, match=message):
        index.search(queries, 10, limits=limits)


def test_a_deadline_in_the_past_says_so(index, queries):
    late = index.search(queries, 10, limits=Limits(deadline=time.monotonic_ns() - 1))
    assert all(hits.late and len(hits) == 0 for hits in late)
    in_time = index.search(queries, 10, timeout_ms=60_000)
    assert not any(hits.late for hits in in_time)
    assert [hits.ids for hits in in_time] == [hits.ids for hits in index.search(queries, 10)]


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_unusable_timeouts(index, queries, timeout):
    with pytest.raises(InputError, match="timeout_ms is"):
        index.search(queries, 10, timeout_ms=timeout)


def test_a_filter_on_an_unfit_field_is_refused(index, queries):
    with pytest.raises(InputError):
        index.search(queries, 10, filter="n = 'text'")


def test_a_cap_on_superblocks_holds(index, queries):
    # One superblock of each segment's only chunk at least.
    for hits in index.search(queries, 10, limits=Limits(superblocks=3)):
        assert hits.statistics.superblocks_scored <= 3 * len(index.segments)
