"""Approximate settings: what is measured, chosen, kept and refused."""

import numpy as np
import pytest

from lsr_index import InputError, SparseIndex, tuning
from lsr_index.kernels.limits import SAFE, Limits
from tests.index.conftest import random_vectors


def test_safe_answers_have_recall_one(index):
    hits = index.search(random_vectors(2, 5, 40), 10)
    assert tuning.recalls(hits, hits).tolist() == [1] * 5


def test_the_fastest_setting_that_holds_is_chosen(index, monkeypatch):
    ms = {Limits(1.5): 0.5, Limits(1.1): 0.9, SAFE: 1.0}
    monkeypatch.setattr(tuning, "_times", lambda index, queries, k, limits: (1.0, ms[limits]))
    monkeypatch.setattr(tuning, "recalls", lambda safe, found: np.ones(len(safe)))
    found = tuning.tune(index, random_vectors(2, 8, 40), settings=[Limits(1.1), Limits(1.5)])
    assert (found.overestimate, found.recall, found.ms) == (1.5, 1, 0.5)


def test_queries_held_out_judge_the_chosen_setting_alone(index, monkeypatch):
    ms = {Limits(1.5): 0.5, Limits(1.1): 0.9, SAFE: 1.0}
    judged = iter([np.ones(4), np.ones(4), np.zeros(4)])  # both settings by the first half, the faster by the other
    monkeypatch.setattr(tuning, "_times", lambda index, queries, k, limits: (1.0, ms[limits]))
    monkeypatch.setattr(tuning, "recalls", lambda safe, found: next(judged))
    assert tuning.tune(index, random_vectors(2, 8, 40), settings=[Limits(1.1), Limits(1.5)]).safe
    assert list(judged) == []


def test_a_setting_is_chosen_where_its_recall_surely_holds(index, monkeypatch):
    monkeypatch.setattr(tuning, "_times", lambda index, queries, k, limits: (1.0, 0.5))
    uncertain = np.array([0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    monkeypatch.setattr(tuning, "recalls", lambda safe, found: uncertain)
    queries = random_vectors(2, 20, 40)
    assert tuning.tune(index, queries, recall=0.94, settings=[Limits(1.1)]).safe
    found = tuning.tune(index, queries, recall=0.8, settings=[Limits(1.1)])
    assert (found.safe, found.recall) == (False, 0.95)
    assert 0.8 < found.recall_lower < 0.94


def test_safe_is_kept_where_nothing_is_faster(index, monkeypatch):
    monkeypatch.setattr(tuning, "_times", lambda index, queries, k, limits: (1.0, 0.99))
    assert tuning.tune(index, random_vectors(2, 8, 40), settings=[Limits(1.1)]).safe


def test_a_tuning_is_kept_through_commits_and_used(index, monkeypatch):
    monkeypatch.setattr(tuning, "_times", lambda index, queries, k, limits: (1.0, 0.5))
    found = tuning.tune(index, tuning.sample_queries(index, 20), recall=0.01, settings=[Limits(1.5, 8, 0.9)])
    with SparseIndex.open(index.path, writable=True) as writer:
        tuning.store(writer, found)
        writer.delete(["d3"])
        writer.commit()
    tuned = SparseIndex.open(index.path)
    assert tuned.manifest.tuned is not None
    assert tuned.manifest.tuned["generation"] == tuned.manifest.generation - 1
    queries = random_vectors(2, 5, 40)
    expected = tuned.search(queries, limits=Limits(1.5, 8, 0.9))
    assert [hits.ids for hits in tuned.search(queries, mode="approximate")] == [hits.ids for hits in expected]


def test_an_index_that_is_not_tuned_says_how_to(index):
    with pytest.raises(InputError, match="lsr index tune"):
        index.search(random_vectors(2, 1, 40), mode="approximate")


@pytest.mark.parametrize("recall", [0, 1.1])
def test_a_recall_that_cannot_be_is_refused(index, recall):
    with pytest.raises(InputError, match="recall is"):
        tuning.tune(index, random_vectors(2, 8, 40), recall=recall)
