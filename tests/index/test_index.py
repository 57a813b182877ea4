import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from scipy.sparse import csr_array

from lsr_index import (
    IndexExistsError,
    IndexFormatError,
    IndexNotFoundError,
    InputError,
    SparseIndex,
    Vocabulary,
    VocabularyMismatchError,
)
from lsr_index.documents import Document
from tests.index.conftest import build, random_vectors


def test_an_opened_index_answers_as_the_committed_one(index):
    queries = random_vectors(3, 4, 40)
    again = SparseIndex.open(index.path)
    assert [hits.ids for hits in again.search(queries, 5)] == [hits.ids for hits in index.search(queries, 5)]
    assert again.vocabulary == index.vocabulary


def test_adding_in_batches_gives_the_same_index(tmp_path):
    vectors = random_vectors(1, 300, 40)
    whole = build(tmp_path / "whole", vectors)
    with SparseIndex.create(tmp_path / "parts", whole.vocabulary) as writer:
        for start in range(0, 300, 7):
            part = vectors[start : start + 7]
            writer.add([f"d{start + n}" for n in range(part.shape[0])], part)
        parts = writer.commit()
    for ours, theirs in zip(whole.segments[0].postings, parts.segments[0].postings, strict=True):
        assert np.array_equal(ours, theirs)


def test_explain_sums_to_the_score(index):
    queries = random_vectors(4, 6, 40)
    for row in range(6):
        hits = index.search(queries[[row]], 10)[0]
        for number, score in zip(hits.numbers, hits.scores, strict=True):
            parts = index.explain(queries[[row]], int(number))
            assert sum(product for *_, product in parts) == pytest.approx(float(score), rel=1e-5)
            assert [product for *_, product in parts] == sorted((p for *_, p in parts), reverse=True)


@pytest.mark.parametrize(("k", "mode", "message"), [(0, "safe", "k is 0"), (5, "fast", "unknown search mode 'fast'")])
def test_bad_arguments(index, k, mode, message):
    with pytest.raises(InputError, match=message):
        index.search(random_vectors(1, 1, 40), k, mode=mode)


def test_queries_of_another_width(index):
    with pytest.raises(VocabularyMismatchError):
        index.search(random_vectors(1, 1, 41))


def test_another_vocabulary_of_the_same_size_is_refused(index):
    with pytest.raises(VocabularyMismatchError, match="use the index's own model"):
        index.check_vocabulary(Vocabulary(f"u{n}" for n in range(40)), "other")


def test_a_reader_outlives_the_replacement_of_its_index(index):
    queries = random_vectors(3, 4, 40)
    expected = [hits.ids for hits in index.search(queries, 5)]
    reader = SparseIndex.open(index.path)
    with SparseIndex.create(index.path, Vocabulary(["a"]), overwrite=True) as writer:
        writer.add(["x"], csr_array([[1.0]]))
        writer.commit()
    assert [hits.ids for hits in reader.search(queries, 5)] == expected
    assert reader.vocabulary.terms[39] == "t39"
    assert reader.fetch([299])[0].id == "d299"
    with pytest.raises(IndexFormatError, match="was replaced since it was opened"):
        reader.check_current()


@pytest.mark.parametrize("bad", ["", "\ud800"])
def test_ids_that_are_not_text(tmp_path, bad):
    with (
        SparseIndex.create(tmp_path / "idx", Vocabulary(["a"])) as writer,
        pytest.raises(InputError, match="document 1"),
    ):
        writer.add([bad], csr_array([[1.0]]))


def test_an_index_in_the_present_folder(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with SparseIndex.create(".", Vocabulary(["a"])) as writer:
        writer.add(["x"], csr_array([[1.0]]))
        writer.commit()
    assert len(SparseIndex.open(tmp_path / "here")) == 1


def test_no_index(tmp_path):
    with pytest.raises(IndexNotFoundError, match="does not exist"):
        SparseIndex.open(tmp_path / "nowhere")
    with pytest.raises(IndexNotFoundError, match="is not an index"):
        SparseIndex.open(tmp_path)


def test_duplicate_ids_add_nothing(tmp_path):
    with SparseIndex.create(tmp_path / "idx", Vocabulary(["a"])) as writer:
        writer.add(["x"], csr_array([[1.0]]))
        with pytest.raises(InputError, match="'x' occurs twice"):
            writer.add(["y", "x"], csr_array([[1.0], [1.0]]))
        assert len(writer.commit()) == 1


def test_an_abandoned_build_leaves_nothing(tmp_path):
    def fail() -> None:
        with SparseIndex.create(tmp_path / "idx", Vocabulary(["a"])) as writer:
            writer.add(["x"], csr_array([[1.0]]))
            raise KeyError("something else went wrong")

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_build_is_swept_by_the_next(tmp_path):
    program = (
        "import os, signal\n"
        "from lsr_index import SparseIndex, Vocabulary\n"
        f"SparseIndex.create({str(tmp_path / 'idx')!r}, Vocabulary(['a']))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -signal.SIGKILL
    assert [folder.suffix for folder in tmp_path.iterdir()] == [".building"]
    first = SparseIndex.create(tmp_path / "idx", Vocabulary(["a"]))
    second = SparseIndex.create(tmp_path / "idx", Vocabulary(["b"]))
    assert len(list(tmp_path.iterdir())) == 2  # the killed one is gone, one that is under way is left alone
    first.abort()
    second.abort()


def test_no_documents(tmp_path):
    with SparseIndex.create(tmp_path / "idx", Vocabulary(["a"])) as writer, pytest.raises(InputError, match="no docum"):
        writer.commit()
    assert list(tmp_path.iterdir()) == []


def test_overwriting_is_asked_for(tmp_path, index):
    with pytest.raises(IndexExistsError, match="is an index already"):
        SparseIndex.create(index.path, index.vocabulary)
    with SparseIndex.create(index.path, Vocabulary(["a"]), overwrite=True) as writer:
        writer.add(["x"], csr_array([[1.0]]))
        assert len(SparseIndex.open(index.path)) == 300  # the old index serves until the commit
        writer.commit()
    assert len(SparseIndex.open(index.path)) == 1
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "precious").touch()
    with pytest.raises(IndexExistsError, match="is not an index"):
        SparseIndex.create(tmp_path / "full", Vocabulary(["a"]), overwrite=True)


def test_documents_come_back_as_they_were(tmp_path):
    documents = [Document(f"é{n}", f"text {n}\ud800", f"title {n}", {"year": n} if n % 2 else {}) for n in range(600)]
    with SparseIndex.create(tmp_path / "idx", Vocabulary(["a"])) as writer:
        writer.add([d.id for d in documents], csr_array(np.ones((600, 1), np.float32)), documents)
        index = writer.commit()
    first, last = index.fetch([0, 599])
    assert (first.id, first.text, first.title, first.fields) == ("é0", "text 0?", "title 0", {})
    assert (last.id, last.fields) == ("é599", {"year": 599})


def test_documents_without_any_term(tmp_path):
    index = build(tmp_path / "idx", csr_array((5, 3), dtype=np.float32))
    assert len(index) == 5
    assert len(index.search(csr_array([[1.0, 1.0, 1.0]]))[0]) == 0


def test_threads_search_at_once(index):
    queries = random_vectors(5, 50, 40)
    expected = [hits.ids for hits in index.search(queries, 10)]
    results = {}

    def search(name: int) -> None:
        results[name] = [hits.ids for hits in index.search(queries, 10)]

    threads = [threading.Thread(target=search, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(results[n] == expected for n in range(4))


@pytest.mark.parametrize("weights", [[np.nan, 1.0], [-1.0, 1.0], [np.inf, 1.0]])
def test_unusable_query_weights_are_refused(index, weights):
    query = csr_array((np.array(weights, np.float32), [1, 3], [0, 2]), shape=(1, 40))
    with pytest.raises(InputError, match="row 0"):
        index.search(query)


def test_queries_in_any_form_are_answered_alike(index):
    plain = random_vectors(5, 1, 40)
    expected = index.search(plain)[0]
    doubled = csr_array((plain.data.repeat(2) / 2, plain.indices.repeat(2), plain.indptr * 2), shape=plain.shape)
    backwards = csr_array((plain.data[::-1], plain.indices[::-1], plain.indptr), shape=plain.shape)
    padded = csr_array(
        (np.append(plain.data, 0), np.append(plain.indices, 39), np.add(plain.indptr, [0, 1])), shape=(1, 40)
    )
    for query in (doubled, backwards, padded, csr_array(plain, dtype=np.float64)):
        found = index.search(query)[0]
        assert found.ids == expected.ids
        np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-6)
