"""Several segments of different scales, with deleted documents, are searched as one."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from lsr_index import InputError, SparseIndex, Vocabulary, contents
from tests.index.conftest import build, random_vectors
from tests.index.test_kernels import assert_same

SIZE = 12


def living(path, counts, seed, levels):
    """An index of segments with so many documents each, a third of which are deleted."""
    index = build(path, random_vectors(seed, counts[0], SIZE, 0.4, levels))
    first = counts[0]
    with SparseIndex.open(path, writable=True) as writer:
        for number, count in enumerate(counts[1:], 1):
            some = random_vectors(seed + number, count, SIZE, 0.4, levels) * np.float32(1 + number % 2)
            writer.add([f"d{first + n}" for n in range(count)], some)
            first += count
            writer.commit()
        index = writer.index
        writer.delete([f"d{n}" for n in range(0, first, 3)])
        writer.commit()
    return index.newest()


def scored(index, query):
    """Numbers and scores of all matches, best first, by NumPy over what is stored."""
    terms = np.flatnonzero(query)
    totals = [sum(float(query[t]) * float(segment.scales[t]) for t in terms) for segment in index.segments]
    unit = max(totals, default=1.0) * 255 / (2**31 - 1 - 255 * len(terms))
    numbers, scores = [], []
    for part in contents.parts(index):
        weights = np.zeros(SIZE, np.int64)
        products = query[terms].astype(np.float64) * part.scales[terms]
        weights[terms] = np.maximum(1, np.rint(products / unit))
        numbers.append(part.segment.base + part.numbers)
        scores.append(part.impacts.toarray().astype(np.int64) @ weights)
    numbers, scores = np.concatenate(numbers), np.concatenate(scores)
    order = np.lexsort((numbers, -scores))
    order = order[scores[order] > 0]
    return numbers[order], (scores[order] * unit).astype(np.float32)


@settings(max_examples=25)
@given(
    counts=st.lists(st.sampled_from([1, 30, 300, 700]), min_size=2, max_size=4),
    seed=st.integers(0, 1000),
    levels=st.sampled_from([0, 2]),
    k=st.sampled_from([1, 10, 200, 2000]),
)
def test_all_segments_are_searched_as_one(counts, seed, levels, k):
    with tempfile.TemporaryDirectory() as folder:
        index = living(Path(folder) / "idx", counts, seed, levels)
        queries = random_vectors(seed + 9, 3, SIZE, 0.5)
        assert_same(index, queries, k)
        for query, hits in zip(queries.toarray(), index.search(queries, k, threads=2), strict=True):
            numbers, scores = scored(index, query)
            assert hits.numbers.tolist() == numbers[:k].tolist()
            assert hits.scores.tolist() == scores[:k].tolist()


def test_what_is_known_of_a_document_is_found_in_its_segment(tmp_path):
    index = living(tmp_path / "idx", [30, 300, 30], 5, 0)
    assert (len(index), index.segments.documents) == (240, 360)
    assert index.ids([0, 29, 30, 359]) == ["d0", "d29", "d30", "d359"]
    assert [index.number(f"d{n}") for n in (29, 30, 31, 331, 333)] == [29, None, 31, 331, None]
    query = csr_array(np.ones((1, SIZE), dtype=np.float32))
    for number, score in zip(*(lambda hits: (hits.numbers, hits.scores))(index.search(query, 240)[0]), strict=True):
        parts = index.explain(query, int(number))
        assert sum(product for *_, product in parts) == pytest.approx(float(score), rel=1e-5)
    with pytest.raises(InputError, match="no document number -1"):
        index.explain(query, -1)


def test_a_merge_changes_no_answer_where_scales_agree(tmp_path):
    index = living(tmp_path / "idx", [300, 30, 30], 3, 0)
    queries = random_vectors(8, 10, SIZE, 0.5)
    # Scales grew with the second segment: merged once, the coarser ones hold for all, and merging again is exact.
    with SparseIndex.open(index.path, writable=True) as writer:
        writer.merge(everything=True)
        before = writer.index.search(queries, 50)
        writer.add(["last"], csr_array((1, SIZE), dtype=np.float32))
        writer.commit()
        assert len(writer.index.segments) == 2
        writer.merge(everything=True)
        assert len(writer.index.segments) == 1
        after = writer.index.search(queries, 50)
    assert [hits.ids for hits in after] == [hits.ids for hits in before]
    assert [hits.scores.tolist() for hits in after] == [hits.scores.tolist() for hits in before]


def test_an_index_without_segments(tmp_path):
    index = build(tmp_path / "idx", random_vectors(1, 3, SIZE))
    with SparseIndex.open(index.path, writable=True) as writer:
        writer.delete(["d0", "d1", "d2"])
        writer.commit()
        index = writer.index
    assert (len(index), list(contents.parts(index)), index.vocabulary) == (
        0,
        [],
        Vocabulary(f"t{n}" for n in range(12)),
    )
    assert len(index.search(random_vectors(1, 1, SIZE))[0]) == 0
    with pytest.raises(InputError, match="there is no document number 0"):
        index.fetch([0])
