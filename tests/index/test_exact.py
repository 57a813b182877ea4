"""Rescored search equals float scoring by NumPy, through commits, deletions, filters and merges."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from lsr_index import IndexFormatError, InputError, SparseIndex, Vocabulary, contents, vectors
from lsr_index.documents import Document
from lsr_index.exact import FILES, STEPS, to_steps
from lsr_index.quantize import quantize
from tests.index.conftest import random_vectors

SIZE = 12


@pytest.fixture(scope="module", autouse=True)
def _no_waiting_for_the_disk():
    """What survives a crash is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda descriptor: None)
        yield


def living(path, rows, counts, bits, heavier=1.0):
    """An index of segments with so many documents each; each next one's weights are `heavier` times those given."""
    first = 0
    factors = heavier ** np.arange(len(counts), dtype=np.float32)
    for number, (count, factor) in enumerate(zip(counts, factors, strict=True)):
        ids = [f"d{n}" for n in range(first, first + count)]
        documents = [Document(name, "", fields={"n": first + n}) for n, name in enumerate(ids)]
        some = rows[first : first + count] * factor
        if number == 0:
            with SparseIndex.create(path, Vocabulary(f"t{n}" for n in range(rows.shape[1])), exact=bits) as builder:
                builder.add(ids, some, documents)
                builder.commit()
        else:
            with SparseIndex.open(path, writable=True) as writer:
                writer.add(ids, some, documents)
                writer.commit()
        first += count
    scaled = rows[:first].multiply(np.repeat(factors, counts)[:, None])
    return SparseIndex.open(path), csr_array(scaled, dtype=np.float32)


def float_scores(rows, query):
    """Scores as float32[n], of sums in float64 by rising term."""
    scores = np.zeros(rows.shape[0])
    dense = rows.toarray().astype(np.float64)
    for term in np.flatnonzero(query):
        scores += float(query[term]) * dense[:, term]
    return scores.astype(np.float32)


def assert_best(hits, scores, allowed, k):
    """Ids and scores of `hits` are the best k of what is allowed, equal scores by rising number."""
    order = np.lexsort((np.arange(len(scores)), -scores))
    best = [n for n in order if scores[n] > 0 and allowed[n]][:k]
    assert hits.ids == [f"d{n}" for n in best]
    assert hits.scores.tolist() == scores[best].tolist()
    assert hits.rescored


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    counts=st.lists(st.sampled_from([1, 20, 300]), min_size=1, max_size=3),
    bits=st.sampled_from([16, 32]),
    levels=st.sampled_from([0, 2]),
    heavier=st.sampled_from([0.5, 1.0, 3.0]),
    k=st.sampled_from([1, 10, 2000]),
)
def test_rescored_search_is_float_search(seed, counts, bits, levels, heavier, k):
    queries = random_vectors(seed + 1, 3, SIZE, 0.5, levels)
    total = sum(counts)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "idx"
        index, rows = living(path, random_vectors(seed, total, SIZE, 0.4, levels), counts, bits, heavier)
        gone = np.arange(total) % 3 == 1
        with SparseIndex.open(path, writable=True) as writer:
            writer.delete([f"d{n}" for n in np.flatnonzero(gone)])
            writer.commit()
            states = [(index, np.ones(total, bool)), (index.newest(), ~gone)]
            writer.merge(everything=True)
            states.append((SparseIndex.open(path, verify=True), ~gone))
        for index, allowed in states:
            if bits == 16:  # what is stored is the reference then; how near it is, see below
                rows = stored_rows(index, total)
            for row, query in enumerate(queries.toarray()):
                scores = float_scores(rows, query)
                assert_best(index.search(queries[[row]], k, rescore=total)[0], scores, allowed, k)
                narrow = index.search(queries[[row]], k, rescore=total, filter="n >= 5", threads=2)[0]
                assert_best(narrow, scores, allowed & (np.arange(total) >= 5), k)


def stored_rows(index, total):
    """Exact weights by the number in a document's id, float64 as they are decoded."""
    dense = np.zeros((total, SIZE))
    for part in contents.parts(index):
        for number, name in zip(part.numbers.tolist(), part.ids, strict=True):
            terms, weights = part.segment.exact.row(number)
            dense[int(name[1:]), terms] = weights
    return csr_array(dense)


@pytest.mark.parametrize("mode", ["safe", "pruned", "scan", "exhaustive"])
def test_a_margin_finds_what_impacts_misplace(tmp_path, mode):
    # All weights fall into the same impact; only the exact ones tell which document is best.
    weights = np.float32(1) + np.arange(50, dtype=np.float32)[:, None] * np.float32(1e-5)
    index, _ = living(tmp_path / "idx", csr_array(np.hstack([weights, weights])), [50], 32)
    query = csr_array(np.array([[1, 2]], dtype=np.float32))
    assert index.search(query, 3, mode=mode)[0].ids == ["d0", "d1", "d2"]
    assert index.search(query, 3, mode=mode, rescore=0)[0].ids == ["d2", "d1", "d0"]
    assert index.search(query, 3, mode=mode, rescore=47)[0].ids == ["d49", "d48", "d47"]
    assert index.search(query, 3, mode=mode, rescore=True)[0].ids == ["d12", "d11", "d10"]
    for off in (None, False):
        hits = index.search(query, 3, mode=mode, rescore=off)[0]
        assert not hits.rescored


@given(st.lists(st.floats(2.0**-60, 255.5, width=32), min_size=1), st.floats(2.0**-20, 2.0**20, width=32))
def test_sixteen_bits_lie_within_a_step_and_on_the_side_of_their_impact(shares, scale):
    scales = np.full(len(shares), scale, dtype=np.float32)
    weights = np.array(shares, dtype=np.float32) * scales
    steps = to_steps(weights, scales)
    exact = steps * (scales.astype(np.float64) / STEPS)
    again = exact.astype(np.float32)
    assert quantize(again, scales).tolist() == quantize(weights, scales).tolist()
    # One, not half a one: at the border between two impacts, of which the nearer one is found in float32.
    assert (np.abs(exact - weights) / scales * STEPS <= 1.01).all()
    assert np.array_equal(to_steps(again, scales), steps)  # so a merge copies them where scales agree


def weights_of(index):
    return vectors.concatenate([part.weights for part in contents.parts(index)], SIZE)


def impacts_of(index):
    return vectors.concatenate([part.impacts for part in contents.parts(index)], SIZE)


@pytest.mark.parametrize("bits", [16, 32])
@pytest.mark.parametrize("heavier", [0.5, 1.0, 3.0])
def test_merges_carry_exact_weights_over(tmp_path, bits, heavier):
    index, rows = living(tmp_path / "idx", random_vectors(5, 400, SIZE, 0.4), [200, 150, 50], bits, heavier)
    with SparseIndex.open(index.path, writable=True) as writer:
        writer.merge(everything=True)
    merged = index.newest()
    assert (len(merged.segments), merged.manifest.exact) == (1, bits)
    scales = merged.segments[0].scales[rows.indices]
    if bits == 32:
        assert (weights_of(index) != rows).nnz == (weights_of(merged) != rows).nnz == 0
        assert np.array_equal(impacts_of(merged).data, quantize(rows.data, scales))  # not rounded twice
    else:
        assert (np.abs(weights_of(merged).data - rows.data) <= 2 * scales / STEPS).all()
    if heavier == 0.5:  # all scales agree
        assert (weights_of(merged) != weights_of(index)).nnz == 0
        assert (impacts_of(merged) != impacts_of(index)).nnz == 0


def test_explained_products_sum_to_the_rescored_score(tmp_path):
    index, rows = living(tmp_path / "idx", random_vectors(7, 60, SIZE, 0.5), [50, 10], 32)
    query = random_vectors(8, 1, SIZE, 0.7)
    for hits in (index.search(query, 60, rescore=True)[0], index.search(query, 60)[0]):
        for number, score in zip(hits.numbers.tolist(), hits.scores.tolist(), strict=True):
            parts = index.explain(query, number, exact=hits.rescored)
            assert sum(product for *_, product in parts) == pytest.approx(score, rel=1e-6)
            if hits.rescored:
                given = rows.toarray()[number]
                assert {term: weight for term, _, weight, _ in parts} == {
                    term: float(given[term]) for term in np.flatnonzero(given * query.toarray()[0])
                }


def test_scores_beyond_float32_are_infinite_and_tie(tmp_path):
    rows = csr_array(np.array([[1e30], [1e29], [1e-30]], dtype=np.float32))
    index, _ = living(tmp_path / "idx", rows, [3], 32)
    hits = index.search(csr_array(np.array([[1e30]], dtype=np.float32)), rescore=True)[0]
    assert hits.ids == ["d0", "d1", "d2"]
    assert hits.scores.tolist() == [np.inf, np.inf, pytest.approx(1)]


def test_wide_vocabularies_and_documents_without_terms(tmp_path):
    rows = csr_array(([1.5, 2.5], ([0, 2], [3, 69_999])), shape=(4, 70_000), dtype=np.float32)
    index, _ = living(tmp_path / "idx", rows, [2, 2], 16)
    assert index.segments[0].exact.terms.dtype == np.uint32
    hits = index.search(csr_array(([1.0, 1.0], ([0, 0], [3, 69_999])), shape=(1, 70_000), dtype=np.float32), rescore=1)
    assert (hits[0].ids, hits[0].scores.tolist()) == (["d2", "d0"], pytest.approx([2.5, 1.5], rel=1e-4))
    assert [len(one) for one in index.search(csr_array((2, 70_000), dtype=np.float32), rescore=True)] == [0, 0]


def test_refusals(tmp_path):
    vocabulary = Vocabulary(["a"])
    with pytest.raises(InputError, match="exact is 8, choose 16 or 32 bits"):
        SparseIndex.create(tmp_path / "idx", vocabulary, exact=8)  # type: ignore[arg-type]
    assert not (tmp_path / "idx").exists()
    row = csr_array(np.ones((1, 1), dtype=np.float32))
    plain, _ = living(tmp_path / "plain", row, [1], None)
    assert not set(FILES) & {file.name for file in plain.path.rglob("*")}
    for call in (lambda: plain.search(row, rescore=True), lambda: plain.explain(row, 0, exact=True)):
        with pytest.raises(InputError, match=r"keeps no exact weights to .*lsr index --exact 32"):
            call()
    index, _ = living(tmp_path / "exact", row, [1], 16)
    with pytest.raises(InputError, match="rescore is -1"):
        index.search(row, rescore=-1)


def test_documents_whose_pages_are_whole_are_rescored(tmp_path):
    index, _ = living(tmp_path / "idx", random_vectors(2, 20_000, 4, 0.9), [20_000], 16)
    file = index.path / "segment-000001" / "exact_weights.npy"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    index = SparseIndex.open(index.path)
    query = csr_array(np.ones((1, 4), dtype=np.float32))
    assert len(index.search(query, 10, rescore=True, filter="n < 10000")[0]) == 10
    for _ in range(2):
        with pytest.raises(IndexFormatError, match=r"exact_weights\.npy is damaged: page \d fails"):
            index.search(query, 10, rescore=True, filter="n > 19900")
    assert len(index.search(query, 10, filter="n > 19900")[0]) == 10  # impacts are whole
    with pytest.raises(IndexFormatError, match=r"exact_weights\.npy"):
        SparseIndex.open(index.path, verify=True)
    with SparseIndex.open(index.path, writable=True) as writer:
        writer.delete(["d0"])
        writer.commit()
        with pytest.raises(IndexFormatError, match=r"exact_weights\.npy"):
            writer.merge(everything=True)
