"""How backbones read: decoders of several families, echo, lifted masks."""

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from lsr import ModelError, SparseEncoder
from lsr.encoders import language_models
from lsr.encoders.reading import Reading, twice
from lsr.encoders.tokenization import TextTokenizer
from tests.conftest import make_decoder

FAMILIES = ["llama", "qwen2", "qwen3", "mistral", "gemma", "gemma2"]
TEXTS = ["The cat sat on the mat", "dog", "", "the dog ran far " * 3]


def plain(folder, text, repeats=1):
    """Pool the logits of the last copy by the formula, without padding."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    model.config.final_logit_softcapping = None
    ids = TextTokenizer.from_folder(folder, 32).windows([text]).sequences[0]
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([ids * repeats])).logits[0, -len(ids) :]
    return torch.log1p(torch.relu(logits.amax(dim=0))).numpy()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_bare_decoder_gives_what_its_own_code_gives(tmp_path, family):
    folder = make_decoder(tmp_path / family, family)
    rows = SparseEncoder.from_pretrained(folder, dtype="float32", max_length=32).encode_documents(TEXTS).toarray()
    for text, row in zip(TEXTS, rows, strict=True):
        if text:
            np.testing.assert_allclose(row, plain(folder, text), atol=1e-4)
    assert not rows[2].any()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("attention", [None, "eager"])
def test_a_lifted_mask_lets_every_token_see_every_other_and_no_padding(tmp_path, family, attention):
    model, _ = language_models.load(make_decoder(tmp_path / family, family), family, attention=attention)
    ids, mask = torch.tensor([[5, 6, 7, 8], [9, 10, 0, 0]]), torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])
    changed = ids.clone()
    changed[0, 3] = 20  # the last token, which the first one sees only without a causal mask
    with torch.inference_mode():
        for reading, sees in [(Reading(), False), (Reading("bidirectional"), True)]:
            reading.prepare(model.eval())
            states = reading(model, ids, mask)
            assert bool((states[0] - reading(model, changed, mask)[0]).abs().max() > 1e-4) is sees
            # Neither padding nor a neighbour makes a difference, and no padding means no mask.
            torch.testing.assert_close(states[4:], reading(model, ids[1:, :2], mask[1:, :2]), rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(states[:4], reading(model, ids[:1], mask[:1]), rtol=1e-4, atol=1e-5)


def test_a_text_is_repeated_right_behind_itself():
    ids, attention, second = twice(torch.tensor([[5, 6, 7], [8, 9, 0]]), torch.tensor([[1, 1, 1], [1, 1, 0]]))
    assert ids[attention.bool()].tolist() == [5, 6, 7, 5, 6, 7, 8, 9, 8, 9]
    assert attention.tolist() == [[1] * 6, [1, 1, 1, 1, 0, 0]]
    assert second.int().tolist() == [[0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 0, 0]]


def test_echo_states_are_those_of_the_second_copy(tiny_decoder):
    model, _ = language_models.load(tiny_decoder, "it")
    ids, mask = torch.tensor([[5, 6, 7], [8, 9, 0]]), torch.tensor([[1, 1, 1], [1, 1, 0]])
    with torch.inference_mode():
        found = Reading(echo=True)(model.eval(), ids, mask)
        expected = [model(input_ids=torch.tensor([text * 2])).logits[0, len(text) :] for text in ([5, 6, 7], [8, 9])]
    torch.testing.assert_close(found, torch.cat(expected), rtol=1e-4, atol=1e-5)


def test_padding_is_what_ends_texts_where_there_is_no_token_for_it(tiny_decoder):
    tokenizer = TextTokenizer.from_folder(tiny_decoder, 16)
    assert tokenizer.pad_id == 0
    assert tokenizer.special_ids == {0}


def test_other_kinds_of_models_are_refused(tmp_path):
    from transformers import T5Config, T5Model

    config = T5Config(vocab_size=20, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
    T5Model(config).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=r"has no vocabulary head|is a t5, which|lacks .* weights|no head over"):
        language_models.load(tmp_path, "it")
    (tmp_path / "config.json").write_text('{"model_type": "vit"}')
    with pytest.raises(ModelError, match="it is a vit, which transformers knows no vocabulary head for"):
        language_models.load(tmp_path, "it")
