import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM

from lsr import SparseEncoder
from lsr.encoders.tokenization import TextTokenizer
from lsr.encoders.vocabulary_head import take_apart
from lsr_index import ModelError
from tests.conftest import WORDS, make_model

TEXTS = ["the cat sat on the mat", "", "dogs ran far", "the", "   \n", "cat " * 100]


def plain(folder, text, length):
    """SPLADE by the formula, one text at a time, through the whole (L, V) logits."""
    ids = TextTokenizer.from_folder(folder, length).windows([text]).sequences[0]
    model = AutoModelForMaskedLM.from_pretrained(folder).eval()
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long)).logits
    return torch.log1p(torch.relu(logits[0])).amax(dim=0).numpy()


@pytest.mark.parametrize("architecture", ["bert", "roberta", "distilbert"])
def test_any_masked_language_model_is_splade(tmp_path, architecture):
    folder = make_model(tmp_path / architecture, architecture)
    rows = SparseEncoder.from_pretrained(folder, max_length=16, dtype="float32").encode_documents(TEXTS).toarray()
    for text, row in zip(TEXTS, rows, strict=True):
        expected = plain(folder, text, 16) if text.strip() else np.zeros(len(WORDS))
        np.testing.assert_allclose(row, expected, atol=1e-5)


def test_neighbours_do_not_change_a_row(tiny_model):
    texts = [" ".join(["cat", "dog", "far", "mat"][: n % 4 + 1] * (n % 7 + 1)) for n in range(50)]
    together = SparseEncoder.from_pretrained(tiny_model, dtype="float32").encode_documents(texts)
    small = SparseEncoder.from_pretrained(tiny_model, dtype="float32", token_budget=8)
    for number, text in enumerate(texts):
        np.testing.assert_allclose(
            small.encode_documents([text]).toarray()[0], together[[number]].toarray()[0], atol=1e-5
        )


def test_rows_are_well_formed(tiny_model):
    rows = SparseEncoder.from_pretrained(tiny_model).encode_documents(TEXTS)
    assert rows.dtype == np.float32
    assert rows.shape == (len(TEXTS), len(WORDS))
    assert rows.has_canonical_format
    assert (rows.data > 0).all()
    assert np.isfinite(rows.data).all()
    assert np.diff(rows.indptr)[[1, 4]].tolist() == [0, 0]  # empty and blank texts


def test_text_that_is_not_text_is_encoded_all_the_same(tiny_model):
    encoder = SparseEncoder.from_pretrained(tiny_model)
    odd = encoder.encode_documents(["cat \ud800 dog", "cat ? dog", "\x00\x07", "\u200b"])
    assert (odd[[0]] != odd[[1]]).nnz == 0


def test_top_k_keeps_the_heaviest(tiny_model):
    full = SparseEncoder.from_pretrained(tiny_model).encode_documents(TEXTS)
    cut = SparseEncoder.from_pretrained(tiny_model, top_k=3).encode_documents(TEXTS)
    for row in range(len(TEXTS)):
        weights = np.sort(full[[row]].data)[::-1][:3]
        np.testing.assert_allclose(np.sort(cut[[row]].data)[::-1], weights, atol=1e-6)


def test_decode_orders_by_weight(tiny_model):
    encoder = SparseEncoder.from_pretrained(tiny_model)
    row = encoder.encode_queries(["the cat"])
    decoded = encoder.decode(row, top_k=4)
    assert [weight for _, weight in decoded] == sorted((weight for _, weight in decoded), reverse=True)
    assert all(term in WORDS for term, _ in decoded)


def test_progress_counts_every_text(tiny_model):
    done = []
    SparseEncoder.from_pretrained(tiny_model).encode_documents(TEXTS, progress=done.append)
    assert sum(done) == len(TEXTS)


def test_bfloat16_is_close(tiny_model):
    exact = SparseEncoder.from_pretrained(tiny_model, dtype="float32").encode_documents(TEXTS).toarray()
    fast = SparseEncoder.from_pretrained(tiny_model, dtype="bfloat16").encode_documents(TEXTS).toarray()
    assert np.abs(exact - fast).max() < 0.1


def test_terms_that_can_never_be_emitted_cost_nothing_and_change_nothing(tmp_path):
    folder = make_model(tmp_path / "bert")
    model = AutoModelForMaskedLM.from_pretrained(folder)
    with torch.no_grad():
        model.cls.predictions.bias[[0, 5, 14]] = -1e4
    model.save_pretrained(folder)
    parts = take_apart(model, torch.float32)
    assert parts.terms.tolist() == [n for n in range(15) if n not in (0, 5, 14)]
    assert parts.weight.shape[0] == 12
    rows = SparseEncoder.from_pretrained(folder, max_length=16, dtype="float32").encode_documents(TEXTS)
    assert rows.shape == (len(TEXTS), len(WORDS))
    np.testing.assert_allclose(rows[[0]].toarray()[0], plain(folder, TEXTS[0], 16), atol=1e-5)
    np.testing.assert_allclose(rows[[2]].toarray()[0], plain(folder, TEXTS[2], 16), atol=1e-5)


def test_a_model_without_a_trained_head_is_refused(tmp_path):
    from transformers import AutoModel

    folder = make_model(tmp_path / "bert")
    AutoModel.from_pretrained(folder).save_pretrained(folder)
    with pytest.raises(ModelError, match="no trained vocabulary head"):
        SparseEncoder.from_pretrained(folder)


@pytest.mark.parametrize(
    ("options", "message"), [({"dtype": "int4"}, "unknown dtype"), ({"k1": 1.0}, "no option 'k1'")]
)
def test_bad_options(tiny_model, options, message):
    from lsr import LsrError

    with pytest.raises(LsrError, match=message):
        SparseEncoder.from_pretrained(tiny_model, **options)


@pytest.mark.parametrize(("architecture", "longest"), [("bert", 40), ("roberta", 39), ("distilbert", 40)])
def test_texts_are_cut_to_what_the_model_can_read(tmp_path, architecture, longest):
    encoder = SparseEncoder.from_pretrained(make_model(tmp_path / "model", architecture), max_length=256)
    assert encoder.record()["settings"]["max_length"] == longest
    assert encoder.encode_documents(["cat " * 100]).nnz


@pytest.mark.model
def test_the_real_checkpoint_expands_as_published(splade_tiny):
    weights = dict(splade_tiny.decode(splade_tiny.encode_queries(["what causes aging fast"])))
    for term, expected in {"fast": 2.26, "aging": 2.24, "causes": 2.16, "cause": 1.95, "speed": 1.58}.items():
        assert weights[term] == pytest.approx(expected, abs=0.01)


@pytest.mark.model
def test_a_very_long_text_is_cut(splade_tiny):
    rows = splade_tiny.encode_documents(["word " * 100_000, "word " * 300])
    np.testing.assert_allclose(rows[[0]].toarray(), rows[[1]].toarray(), atol=1e-4)
