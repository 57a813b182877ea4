"""Scalar heads: by the formula, trained, saved and loaded."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lsr import InputError, ModelError, SparseEncoder
from lsr.encoders.own_layout import HEAD_FILE
from lsr.encoders.scalar_head import ScalarPooling, term_weights
from lsr.training.start import start

TEXTS = ["the cat sat", "dog far", "", "cat cat mat cat"]
TOKEN = st.tuples(st.integers(0, 9), st.floats(-2, 2, width=32))
TEXTS_OF_TOKENS = st.lists(st.lists(TOKEN, min_size=1, max_size=9), min_size=1)


@settings(max_examples=30)
@given(TEXTS_OF_TOKENS)
def test_a_term_weighs_what_it_weighs_most_in_its_text(texts):
    tokens = torch.tensor([token for text in texts for token, _ in text])
    logits = torch.tensor([logit for text in texts for _, logit in text])
    expected = np.zeros((len(texts), 10), np.float32)
    for row, text in enumerate(texts):
        for token, logit in text:
            if token not in (2, 3):
                expected[row, token] = max(expected[row, token], logit)
    found = term_weights(logits, tokens, [len(text) for text in texts], 10, torch.tensor([2, 3]))
    np.testing.assert_array_equal(found.numpy(), expected)


def test_the_heaviest_terms_are_kept():
    pool = ScalarPooling(torch.ones(1), torch.zeros(()), torch.tensor([0]), 10, top_k=2)
    [(terms, weights)] = pool(torch.tensor([[1.0], [3.0], [2.0], [-1.0]]), [4], torch.tensor([7, 4, 5, 6]))
    assert (terms.tolist(), weights.tolist()) == ([4, 5], [3.0, 2.0])


def scalar(recipe, **sections):
    model = {"head": "scalar", **sections.pop("model", {})}
    return recipe(model=model, regularizers={}, **sections)


@pytest.mark.parametrize("query", ["same", "separate", "binary", "idf", "learned"])
def test_the_loss_falls_and_the_saved_model_encodes_both_sides(recipe, tmp_path, query):
    run = start(scalar(recipe, query={"kind": query}, training={"steps": 20, "save_every": 20}), tmp_path / "run")
    notes = run.encoders.encode_documents(TEXTS).weights
    assert (notes > 0).sum(dim=1).tolist() == [3, 2, 0, 2]  # every word of every text, and no more
    run.train()
    run.encoders.eval()
    encoder = SparseEncoder.from_pretrained(tmp_path / "run" / "model", dtype="float32")
    for encode, live in [
        (encoder.encode_documents, run.encoders.encode_documents),
        (encoder.encode_queries, run.encoders.encode_queries),
    ]:
        saved = torch.from_numpy(encode(TEXTS).toarray())
        torch.testing.assert_close(saved, live(TEXTS).weights, rtol=1e-4, atol=1e-5)
        assert not saved[:, :5].any()  # special tokens weigh nothing


def test_scalar_heads_go_with_no_setting_of_vocabulary_heads(recipe):
    with pytest.raises(InputError, match=r"model: a scalar head takes .* leave pooling and activation out"):
        scalar(recipe, model={"pooling": "sum"})
    with pytest.raises(InputError, match=r"imitation: a scalar head .* cannot imitate"):
        scalar(recipe, imitation={"model": "splade-tiny", "steps": 3})


def test_a_folder_without_its_head_is_named(recipe, tmp_path):
    start(scalar(recipe, training={"steps": 1}), tmp_path / "run").train()
    file = tmp_path / "run" / "model" / "document" / HEAD_FILE
    file.write_bytes(b"no tensors")
    with pytest.raises(ModelError, match=f"{HEAD_FILE} is damaged"):
        SparseEncoder.from_pretrained(tmp_path / "run" / "model")
    file.unlink()
    with pytest.raises(ModelError, match="should have a scalar head"):
        SparseEncoder.from_pretrained(tmp_path / "run" / "model")
