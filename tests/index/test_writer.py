"""A living index against a dictionary: whatever is added, replaced, deleted, committed, merged and opened again."""

import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from lsr_index import (
    IndexLockedError,
    IndexWriter,
    InputError,
    SparseIndex,
    Vocabulary,
    VocabularyMismatchError,
    manifest,
    merging,
)
from lsr_index.documents import Document
from tests.index.conftest import random_vectors
from tests.index.test_kernels import arithmetic

SIZE = 6
VOCABULARY = Vocabulary(f"t{n}" for n in range(SIZE))
IDS = [f"d{n}" for n in range(12)]
ROWS = st.lists(st.integers(0, 3), min_size=SIZE, max_size=SIZE)
ADDS = st.lists(st.tuples(st.sampled_from(IDS), ROWS), min_size=1, max_size=6)
STEPS = st.one_of(
    ADDS.map(lambda adds: ("add", adds)),
    st.lists(st.sampled_from(IDS), min_size=1, max_size=4).map(lambda ids: ("delete", ids)),
    st.sampled_from([("commit", None), ("merge", False), ("merge", True), ("reopen", None)]),
)


def rows_of(lists):
    return csr_array(np.array(lists, dtype=np.float32).reshape(-1, SIZE))


def stored(document_id, row):
    return Document(document_id, f"text {row}", "title", {"row": row})


def create(path, adds):
    latest = dict(adds)
    with SparseIndex.create(path, VOCABULARY) as builder:
        builder.add(list(latest), rows_of(list(latest.values())), [stored(*pair) for pair in latest.items()])
        builder.commit()
    return latest


def assert_holds(index, expected, k=5):
    """Ids, scores, order, documents and numbers are those of the dictionary, which is in insertion order."""
    assert len(index) == len(expected)
    queries = np.array([[1, 2, 1, 3, 1, 2], [0, 0, 1, 0, 0, 0], [1, 1, 0, 0, 0, 1]], dtype=np.float32)
    for mode in ("safe", "exhaustive", "pruned", "scan"):
        for query, hits in zip(queries, index.search(csr_array(queries), k, mode=mode), strict=True):
            rows = csr_array(np.array(list(expected.values()), dtype=np.float32).reshape(-1, SIZE))
            scores, unit = arithmetic(rows, np.ones(SIZE), query)
            pairs = zip(expected, scores.tolist(), strict=True)
            best = sorted((pair for pair in pairs if pair[1]), key=lambda pair: -pair[1])[:k]
            assert hits.ids == [document_id for document_id, _ in best]
            assert hits.scores.tolist() == [float(np.float32(score * unit)) for _, score in best]
            assert [index.number(document_id) for document_id in hits.ids] == hits.numbers.tolist()
            assert index.fetch(hits.numbers) == [stored(document_id, expected[document_id]) for document_id, _ in best]
    for document_id in IDS:
        assert (index.number(document_id) is not None) == (document_id in expected)


@settings(max_examples=60)
@given(first=ADDS, steps=st.lists(STEPS, max_size=14), background=st.booleans())
def test_a_living_index_equals_a_dictionary(first, steps, background):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setattr(merging, "FACTOR", 3)
        path = Path(folder) / "idx"
        committed = create(path, first)
        latest = dict(committed)
        snapshot, then = SparseIndex.open(path), dict(committed)
        options = {"merge": "background" if background else None, "sync": "commit"}
        writer = stack.enter_context(IndexWriter(path, **options))
        for name, argument in steps:
            if name == "add":
                writer.add([i for i, _ in argument], rows_of([r for _, r in argument]), [stored(*p) for p in argument])
                for document_id, row in argument:
                    latest.pop(document_id, None)
                    latest[document_id] = row
            elif name == "delete":
                assert writer.delete(argument) == len(set(argument) & set(latest))
                for document_id in argument:
                    latest.pop(document_id, None)
            elif name == "commit":
                writer.commit()
                assert writer.pending == 0
                committed = dict(latest)
            elif name == "merge":
                writer.merge(everything=argument)
                if argument:
                    assert len(writer.index.segments) <= 1
            else:
                writer.close()
                writer = stack.enter_context(IndexWriter(path, **options))
            assert_holds(writer.index, committed)
        writer.close()
        assert_holds(SparseIndex.open(path, verify=True), committed)
        assert_holds(snapshot, then)
        assert_holds(snapshot.newest(), committed)


@pytest.fixture
def path(tmp_path):
    create(tmp_path / "idx", [("d0", [1, 0, 0, 0, 0, 0]), ("d1", [2, 0, 0, 0, 0, 0])])
    return tmp_path / "idx"


def test_nothing_is_visible_before_the_commit_nor_after_it_in_an_old_snapshot(path):
    before = SparseIndex.open(path)
    with SparseIndex.open(path, writable=True) as writer:
        writer.add(["d2"], rows_of([[3, 0, 0, 0, 0, 0]]))
        writer.delete(["d0"])
        assert writer.pending == 2
        assert before.newest() is before
        assert writer.commit() == 2
    after = before.newest()
    assert (len(before), len(after)) == (2, 2)
    assert (before.number("d0"), after.number("d0"), after.number("d2")) == (0, None, 2)
    assert after.segments[0].stored is before.segments[0].stored  # shared, not mapped again
    assert after.segments[0].mask.places[:3].tolist() == [0, 1, 0]
    before.check_current()  # commits are no replacement
    with pytest.raises(InputError, match="no document number 3"):
        after.fetch([3])


def test_a_commit_without_changes_makes_no_generation(path):
    with SparseIndex.open(path, writable=True) as writer:
        assert writer.commit() == 1
        assert writer.delete(["unknown"]) == 0
        assert writer.commit() == 1


def test_a_writer_locks_others_out_and_names_its_process(path):
    import os

    with SparseIndex.open(path, writable=True):
        with pytest.raises(IndexLockedError, match=f"process {os.getpid()};"):
            SparseIndex.open(path, writable=True)
        with pytest.raises(IndexLockedError):
            SparseIndex.create(path, VOCABULARY, overwrite=True)
    SparseIndex.open(path, writable=True).close()


def test_a_closed_writer_says_so(path):
    writer = SparseIndex.open(path, writable=True)
    writer.close()
    writer.close()
    for call in (lambda: writer.add(["x"], rows_of([[1] * SIZE])), lambda: writer.delete(["d0"]), writer.commit):
        with pytest.raises(InputError, match="is closed"):
            call()


@pytest.mark.parametrize(
    ("ids", "rows", "documents", "message"),
    [
        (["a", ""], [[1] * SIZE] * 2, None, "document 2 has the id ''"),
        (["a"], [[1] * SIZE] * 2, None, "1 ids came with 2 vectors"),
        (["a"], [[-1] * SIZE], None, "row 0 has the weight -1"),
        (["a"], [[1] * SIZE], [Document("b", "")], "'b' came with the id 'a'"),
        (["a"], [[1] * SIZE], [], "1 ids came with 0 documents"),
        (["a"], [[1] * SIZE], [Document("a", "", fields={"x": {1}})], "cannot be stored as JSON"),
    ],
)
def test_bad_documents_change_nothing(path, ids, rows, documents, message):
    with SparseIndex.open(path, writable=True) as writer:
        with pytest.raises(InputError, match=message):
            writer.add(ids, rows_of(rows), documents)
        with pytest.raises(VocabularyMismatchError):
            writer.add(["a"], csr_array([[1.0]]))
        assert writer.pending == 0


def test_merged_segments_are_ordered_and_keep_their_impacts(tmp_path, monkeypatch):
    monkeypatch.setattr("lsr_index.segment_builder.ORDER_FROM", 500)
    vectors = random_vectors(1, 900, SIZE)
    with SparseIndex.create(tmp_path / "idx", VOCABULARY) as builder:
        builder.add([f"d{n}" for n in range(300)], vectors[:300])
        builder.commit()
    query = csr_array(np.ones((1, SIZE), dtype=np.float32))
    with SparseIndex.open(tmp_path / "idx", writable=True) as writer:
        for start in (300, 600):
            # No weight above those of the first segment, so that scales agree.
            some = vectors[start : start + 300] * np.float32(0.5)
            writer.add([f"d{start + n}" for n in range(300)], some)
            writer.commit()
        before = writer.index.search(query, 900)[0]
        writer.merge(everything=True)
        after = writer.index.search(query, 900)[0]
    assert (after.ids, after.scores.tolist()) == (before.ids, before.scores.tolist())
    assert writer.index.segments[0].postings.numbers.tolist() != list(range(900))


def test_a_heavier_weight_raises_the_scale_of_its_term_alone(path):
    with SparseIndex.open(path, writable=True) as writer:
        writer.add(["big"], rows_of([[510, 0, 0, 0, 0, 0]]))
        writer.add(["new"], rows_of([[1, 5, 0, 0, 0, 0]]))
        writer.commit()
        assert writer.index.segments[1].scales.tolist() == [2, 1, 1, 1, 1, 1]
        writer.merge(everything=True)
        assert writer.index.segments[0].scales.tolist() == [2, 1, 1, 1, 1, 1]
        hits = writer.index.search(csr_array([[1.0, 0, 0, 0, 0, 0]], dtype=np.float32))[0]
        assert hits.ids == ["big", "d0", "d1", "new"]
        assert hits.scores.tolist() == pytest.approx([510, 2, 2, 2])


def test_an_index_can_lose_all_its_documents_and_grow_again(path):
    with SparseIndex.open(path, writable=True) as writer:
        assert writer.delete(["d0", "d1"]) == 2
        writer.commit()
        assert (len(writer.index), len(writer.index.segments)) == (0, 0)
        assert_holds(SparseIndex.open(path), {})
        writer.add(["d7"], rows_of([[1] * SIZE]), [stored("d7", [1] * SIZE)])
        writer.commit()
    assert_holds(SparseIndex.open(path), {"d7": [1] * SIZE})


def test_deletions_during_a_merge_are_carried_over(path, monkeypatch):
    entered, go_on = threading.Event(), threading.Event()
    merge = merging.merge

    def slow(*arguments):
        merged = merge(*arguments)
        entered.set()
        assert go_on.wait(30)
        return merged

    monkeypatch.setattr(merging, "merge", slow)
    with SparseIndex.open(path, writable=True) as writer:
        writer.add(["d2"], rows_of([[3, 0, 0, 0, 0, 0]]))
        writer.commit()
        thread = threading.Thread(target=writer.merge, kwargs={"everything": True})
        thread.start()
        assert entered.wait(30)
        writer.delete(["d1"])
        writer.add(["d3"], rows_of([[4, 0, 0, 0, 0, 0]]))
        writer.commit()
        monkeypatch.setattr(merging, "merge", merge)
        go_on.set()
        thread.join()
        hits = writer.index.search(csr_array([[1.0, 0, 0, 0, 0, 0]], dtype=np.float32))[0]
    assert hits.ids == ["d3", "d2", "d0"]


def test_a_merge_waits_for_a_commit_that_is_just_changing_generations(path, monkeypatch):
    # (It took the commit for one that had failed: found by tests/index/test_concurrency.py.)
    entered, go_on = threading.Event(), threading.Event()
    write = manifest.Manifest.write

    def slow(self, folder):
        entered.set()
        assert go_on.wait(30)
        write(self, folder)

    failures = []
    with SparseIndex.open(path, writable=True) as writer:

        def merge():
            try:
                writer.merge(everything=True)
            except Exception as error:
                failures.append(error)

        writer.add(["d2"], rows_of([[3, 0, 0, 0, 0, 0]]))
        monkeypatch.setattr(manifest.Manifest, "write", slow)
        threads = [threading.Thread(target=writer.commit), threading.Thread(target=merge)]
        threads[0].start()
        assert entered.wait(30)
        threads[1].start()
        threads[1].join(0.2)  # time to fail, if it does not wait
        go_on.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert len(SparseIndex.open(path)) == 3


def test_readers_see_committed_states_only(path):
    # The writer replaces both documents together: a reader must find both with the same weight.
    stop = threading.Event()
    seen, failures = set(), []

    def read():
        index = SparseIndex.open(path)
        query = csr_array([[1.0, 0, 0, 0, 0, 0]], dtype=np.float32)
        try:
            while not stop.is_set():
                index = index.newest()
                hits = index.search(query)[0]
                assert len(hits) == 2
                if index.manifest.generation > 1:
                    assert len(set(hits.scores.tolist())) == 1
                assert [document.id for document in index.fetch(hits.numbers)] == hits.ids
                seen.add(index.manifest.generation)
        except Exception as error:
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    with IndexWriter(path, merge="background", sync="commit") as writer:
        for weight in range(2, 30):
            writer.add(["d0", "d1"], rows_of([[weight, 0, 0, 0, 0, 0]] * 2))
            writer.commit()
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert seen
