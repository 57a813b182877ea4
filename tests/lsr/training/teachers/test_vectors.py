"""Vector teachers score by inner product, encode each text once, and go on where they were."""

# pyright: reportArgumentType=false, reportCallIssue=false
import numpy as np
import pytest

from lsr.encoders.base import SparseEncoder
from lsr.encoders.dense import DenseEncoder
from lsr.training.data.batches import BatchPlan
from lsr.training.data.examples import Example, Source
from lsr.training.teachers import vectors
from lsr.training.teachers.settings import Bm25Settings, DenseSettings, SparseSettings, open_teacher
from lsr_index import InputError
from lsr_index.progress import silent


def expected(encoder, batch):
    if isinstance(encoder, DenseEncoder):
        return encoder.encode(batch.queries, side="query") @ encoder.encode(batch.documents).T
    return (encoder.encode_queries(batch.queries) @ encoder.encode_documents(batch.documents).T).toarray()


def test_a_dense_teacher(tmp_path, tiny_model, source, batch):
    teacher = open_teacher(DenseSettings(model=str(tiny_model), dtype="float32"), tmp_path)
    teacher.prepare([source], silent)
    encoder = DenseEncoder(tiny_model, name="x", dtype="float32")
    np.testing.assert_allclose(teacher.scores(batch), expected(encoder, batch), atol=2e-3)


@pytest.mark.parametrize("inference_free", [False, True])
def test_a_sparse_teacher(tmp_path, tiny_model, source, batch, inference_free):
    settings = SparseSettings(model=str(tiny_model), dtype="float32", inference_free=inference_free)
    teacher = open_teacher(settings, tmp_path)
    teacher.prepare([source], silent)
    encoder = SparseEncoder.from_pretrained(tiny_model, dtype="float32", inference_free=inference_free)
    if encoder.needs_corpus:
        encoder.fit(source.documents[d] for d in "adbec")
    np.testing.assert_allclose(teacher.scores(batch), expected(encoder, batch), rtol=1e-5)


def test_bm25_is_fitted_to_the_training_documents(tmp_path, source, batch):
    teacher = open_teacher(Bm25Settings(), tmp_path)
    teacher.prepare([source], silent)
    encoder = SparseEncoder.from_pretrained("bm25")
    encoder.fit(source.documents.values())
    np.testing.assert_allclose(teacher.scores(batch), expected(encoder, batch), rtol=1e-5)
    # Other documents, other weights: nothing of the old cache may be taken.
    more = Source("t", 1.0, {"q": "cat"}, {"x": "cat cat"}, [Example("q", "x")], {})
    teacher = open_teacher(Bm25Settings(), tmp_path)
    teacher.prepare([source, more], silent)
    encoder.fit([*source.documents.values(), "cat cat"])
    np.testing.assert_allclose(teacher.scores(batch), expected(encoder, batch), rtol=1e-5)


class Counting:
    """A dense encoder that tells what it was asked to encode, and dies after so many calls."""

    dimensions = 2
    identity = "counting"

    def __init__(self, dies_after=99):
        self.texts = []
        self._left = dies_after

    def fit(self, documents):
        list(documents)

    def encode(self, texts, side, progress):
        if not self._left:
            raise KeyboardInterrupt
        self._left -= 1
        self.texts += texts
        progress(len(texts))
        return np.array([[len(text), 1] for text in texts], dtype=np.float32)

    def open_cache(self, folder):
        from lsr.training.teachers.vector_cache import DenseCache

        return DenseCache(folder, 2)


def test_an_interrupted_run_goes_on_where_it_was(tmp_path, monkeypatch, source, batch):
    monkeypatch.setattr(vectors, "PART", 2)
    first, second, third = Counting(dies_after=3), Counting(), Counting()
    with pytest.raises(KeyboardInterrupt):
        vectors.VectorTeacher("t", lambda: first, tmp_path).prepare([source], silent)
    teacher = vectors.VectorTeacher("t", lambda: second, tmp_path)
    teacher.prepare([source], silent)
    assert len(first.texts) == 5
    assert sorted(first.texts + second.texts) == sorted([*source.queries.values(), *source.documents.values()])
    again = vectors.VectorTeacher("t", lambda: third, tmp_path)
    again.prepare([source], silent)
    assert third.texts == []
    assert np.array_equal(again.scores(batch), teacher.scores(batch))
    lengths = np.outer(*([len(t) for t in texts] for texts in (batch.queries, batch.documents))) + 1
    assert np.array_equal(teacher.scores(batch), lengths)


def test_texts_that_no_example_named_are_encoded_when_they_come(tmp_path, source):
    counting = Counting()
    teacher = vectors.VectorTeacher("t", lambda: counting, tmp_path)
    teacher.prepare([source], silent)
    other = Source("o", 1.0, {"q": "new"}, {"x": "news", "y": "the mat"}, [Example("q", "x", ("y",))], {})
    batch = BatchPlan([other], 1, 1).batch(0)
    assert teacher.scores(batch).tolist() == [[3 * len(text) + 1 for text in batch.documents]]
    assert counting.texts[-2:] == ["new", "news"]


def test_progress_counts_every_text(tmp_path, source):
    from contextlib import contextmanager

    seen = []

    @contextmanager
    def bars(label, total):
        done = []
        yield done.append
        seen.append((label, total, sum(done)))

    vectors.VectorTeacher("t", Counting, tmp_path).prepare([source], bars)
    assert seen == [("t: 3 query texts", 3, 3), ("t: 5 document texts", 5, 5)]


def test_scores_before_preparation(tmp_path, batch):
    with pytest.raises(InputError, match="before it was prepared"):
        vectors.VectorTeacher("t", Counting, tmp_path).scores(batch)


def test_an_id_without_text(tmp_path):
    source = Source("s", 1.0, {}, {"d": "x"}, [Example("q", "d")], {})
    with pytest.raises(InputError, match="the source s names the query 'q', which has no text"):
        vectors.VectorTeacher("t", Counting, tmp_path).prepare([source], silent)
