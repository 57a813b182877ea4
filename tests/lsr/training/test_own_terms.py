"""A text's own tokens as a vector, and models that learn them."""

import pytest
import torch

from lsr.encoders.tokenization import TextTokenizer
from lsr.training import journal, own_terms
from lsr.training.own_terms import OwnTerms, heaviest
from lsr.training.start import start
from tests.conftest import WORDS, make_model


def test_frequency_saturates_and_common_tokens_are_left_out(tiny_model):
    idf = torch.full((len(WORDS),), 2.0)
    idf[WORDS.index("the")] = 1.4
    own = OwnTerms(TextTokenizer.from_folder(tiny_model, 8), idf, 0.5)
    vectors = own(["the cat sat sat sat on far far far far", ""])
    found = {WORDS[n]: float(vectors[0, n]) for n in vectors[0].nonzero().ravel().tolist()}
    # f (k1 + 1) / (f + k1) at k1 = 0.9 is 1 for one, 3.8 / 2.9 for two, 5.7 / 3.9 for three; eight tokens are read.
    expected = {"cat": 0.5, "sat": 0.5 * 5.7 / 3.9, "on": 0.5, "far": 0.5 * 3.8 / 2.9}
    assert found == {word: pytest.approx(weight) for word, weight in expected.items()}
    assert not vectors[1].any()


def test_the_heaviest_stay_as_they_are():
    vectors = torch.tensor([[0.1, 0.9, 0.0, 0.5]])
    assert heaviest(vectors, 2).tolist() == [[0.0, pytest.approx(0.9), 0.0, pytest.approx(0.5)]]
    assert heaviest(vectors, 9) is vectors


def test_own_terms_are_imitated_beside_those_of_the_model(recipe, tiny_model, tmp_path, monkeypatch):
    monkeypatch.setattr(own_terms, "LEAST_IDF", 0.1)  # six words, each in every third text
    settings = recipe(
        query={"kind": "idf"},
        imitation={"model": str(tiny_model), "steps": 40, "weight": 0.1, "own_terms": 3.0, "terms": 6},
        training={"steps": 40, "save_every": 40},
        teacher_cache=str(tmp_path / "cache"),
    )
    run = start(settings, tmp_path / "run")
    assert run.imitate is not None
    wanted = run.imitate(["the cat sat on the far mat"])
    assert ((wanted > 0).sum(dim=1) <= 6).all()
    assert float(wanted[0, WORDS.index("far")]) >= 3
    run.train()
    losses = [line["imitation"] for line in journal.read(tmp_path / "run")]
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])


def test_of_several_models_the_mean_is_imitated(recipe, tiny_model, tmp_path):
    other = make_model(tmp_path / "other", architecture="distilbert")
    texts = ["the cat sat on the far mat"]

    def wanted(model):
        settings = recipe(
            query={"kind": "idf"}, imitation={"model": model, "steps": 2}, teacher_cache=str(tmp_path / "cache")
        )
        imitate = start(settings, tmp_path / f"run {len(list(tmp_path.iterdir()))}").imitate
        assert imitate is not None
        return imitate(texts)

    one, two = wanted(str(tiny_model)), wanted([str(other)])
    assert not torch.equal(one, two)
    torch.testing.assert_close(wanted([str(tiny_model), str(other)]), (one + two) / 2)
