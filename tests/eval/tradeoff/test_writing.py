"""A chosen point in an index: new, or there already."""

import pytest

from lsr import IndexExistsError, Retriever, SparseIndex
from lsr_eval.tradeoff.writing import make, tune
from lsr_index.errors import InputError
from tests.eval.tradeoff.conftest import point
from tests.index.conftest import build, random_vectors


def test_a_new_index_is_cut_and_answers_texts(task, tmp_path):
    make(tmp_path / "new", point(0.6, top_k=4, exact=16, overestimate=1.5), point(0.6), task.source, 10)
    found = Retriever.open(tmp_path / "new")
    assert (found.index.manifest.postings, found.index.manifest.exact) == (24, 16)
    assert (found.index.manifest.tuned or {})["overestimate"] == 1.5
    hit = found.search("yeast dough", mode="approximate", rescore=True)[0]
    assert (hit.id, hit.title) == ("d6", "Bakers")
    with pytest.raises(IndexExistsError):
        make(tmp_path / "new", point(0.6), point(0.6), task.source, 10)


def test_a_safe_point_needs_no_tuning(task, tmp_path):
    make(tmp_path / "new", point(0.6, top_k=4), point(0.6), task.source, 10)
    assert SparseIndex.open(tmp_path / "new").manifest.tuned is None


def test_limits_go_into_an_index_that_is_there(task):
    tune(task.source.path, point(0.6, 0.4, superblocks=16, share=0.9), point(0.6, 0.8), task.source, 10)
    tuned = SparseIndex.open(task.source.path).manifest.tuned
    assert tuned is not None
    assert (tuned["superblocks"], tuned["share"], tuned["k"]) == (16, 0.9, 10)
    assert (tuned["ms"], tuned["ms_safe"]) == (0.4, 0.8)
    assert len(SparseIndex.open(task.source.path).search(task.queries.rows, mode="approximate")) == 3


@pytest.mark.parametrize("values", [{"top_k": 4}, {"threshold": 0.1}, {"exact": 16}])
def test_an_index_that_is_there_is_not_cut(task, values):
    with pytest.raises(InputError, match="needs one of its own; name a new path"):
        tune(task.source.path, point(0.6, **values), point(0.6), task.source, 10)


def test_another_index_is_not_tuned(task, tmp_path):
    build(tmp_path / "other", random_vectors(1, 6, 12))
    with pytest.raises(ValueError, match="the sweep has another vocabulary"):
        tune(tmp_path / "other", point(0.6, share=0.5), point(0.6), task.source, 10)
