"""A cross-encoder's scores are its own, batched or not, cached or not."""

import json
import shutil

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForSequenceClassification

from lsr import ModelError
from lsr.encoders.cross_encoder import CrossEncoder
from lsr.training.teachers import cross_encoder
from lsr.training.teachers.settings import CrossEncoderSettings, open_teacher
from lsr_index.progress import silent
from tests.conftest import write_tokenizer


@pytest.fixture(scope="module")
def folder(tmp_path_factory, tiny_model):
    path = tmp_path_factory.mktemp("cross") / "model"
    torch.manual_seed(3)
    config = AutoConfig.from_pretrained(tiny_model, num_labels=1)
    AutoModelForSequenceClassification.from_config(config).save_pretrained(path)
    write_tokenizer(path)
    return path


PAIRS = [("cat sat", "the cat sat on the mat"), ("dog", ""), ("mat", "the dog ran far " * 9), ("cat", "dogs")]


def test_scores_are_those_of_sentence_transformers(folder):
    sentence_transformers = pytest.importorskip("sentence_transformers")
    theirs = sentence_transformers.CrossEncoder(str(folder), device="cpu", max_length=32)
    theirs = theirs.predict(PAIRS, activation_fn=torch.nn.Identity())
    ours = CrossEncoder(folder, name="x", max_length=32, dtype="float32")
    np.testing.assert_allclose(ours.score(PAIRS), theirs, atol=1e-5)
    one_by_one = [ours.score([pair])[0] for pair in PAIRS]
    np.testing.assert_allclose(ours.score(PAIRS), one_by_one, atol=1e-5)
    assert ours.score([]).shape == (0,)


def test_own_pairs_are_scored_once_and_all_when_asked(tmp_path, monkeypatch, folder, source, batch):
    scored = []
    original = CrossEncoder.score

    def spy(self, pairs, *, progress=None):
        scored.extend(pairs)
        return original(self, pairs, progress=progress)

    monkeypatch.setattr(CrossEncoder, "score", spy)
    monkeypatch.setattr(cross_encoder, "PART", 4)
    settings = CrossEncoderSettings(model=str(folder), dtype="float32", max_length=32)
    teacher = open_teacher(settings, tmp_path)
    teacher.prepare([source], silent)
    assert len(scored) == 6
    open_teacher(settings, tmp_path).prepare([source], silent)
    scores = teacher.scores(batch)
    assert len(scored) == 6
    assert np.array_equal(np.isfinite(scores), batch.own)
    everything = open_teacher(settings.model_copy(update={"pairs": "all"}), tmp_path)
    everything.prepare([source], silent)
    full = everything.scores(batch)
    assert len(scored) == 6 + full.size - batch.own.sum()
    np.testing.assert_allclose(full[batch.own], scores[batch.own], atol=1e-5)
    direct = CrossEncoder(folder, name="x", max_length=32, dtype="float32")
    expected = direct.score([(q, d) for q in batch.queries for d in batch.documents]).reshape(full.shape)
    np.testing.assert_allclose(full, expected, atol=1e-5)


def test_a_model_without_one_trained_output_is_refused(tmp_path, folder, tiny_model):
    with pytest.raises(ModelError, match=r"is no cross-encoder: .* is missing; train it"):
        CrossEncoder(tiny_model, name="x")
    shutil.copytree(folder, tmp_path / "two")
    config = AutoConfig.from_pretrained(folder, num_labels=2)
    AutoModelForSequenceClassification.from_config(config).save_pretrained(tmp_path / "two")
    with pytest.raises(ModelError, match="it has 2 outputs, not 1"):
        CrossEncoder(tmp_path / "two", name="x")
    (tmp_path / "two" / "config.json").write_text(json.dumps({"model_type": "nonsense"}))
    with pytest.raises(ModelError, match="cannot load x as a cross-encoder"):
        CrossEncoder(tmp_path / "two", name="x")
