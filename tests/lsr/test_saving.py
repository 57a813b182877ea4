"""Saved folders, loaded by the real library and by us."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from transformers import AutoModelForMaskedLM, AutoTokenizer

from lsr import IndexExistsError, InputError, ModelError, Retriever, SparseEncoder
from lsr.encoders.saving import save
from tests.conftest import WORDS, make_model

LENGTHS = {"query": 16, "document": 24}
QUERIES = ["the cat", "dogs ran far"]
DOCUMENTS = ["the cat sat on the mat", "dogs ran far", "cat " * 30]


@pytest.fixture(scope="module")
def other_model(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("models") / "distilbert", "distilbert")


@pytest.fixture
def parts(tiny_model):
    backbone = AutoModelForMaskedLM.from_pretrained(tiny_model).eval()
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    return {"backbone": backbone, "tokenizer": tokenizer, "max_length": LENGTHS}


def query_sides(name, other_model):
    rng = np.random.default_rng(0)
    return {
        "same": "same",
        "table": rng.random(len(WORDS), dtype=np.float32) - 0.2,
        "another": AutoModelForMaskedLM.from_pretrained(other_model) if name == "another" else None,
    }[name]


def naive(model, tokenizer, text, length, pooling, activation):
    """SPLADE by the formula, through the whole (L, V) logits."""
    ids = tokenizer(text, truncation=True, max_length=length, return_tensors="pt")
    with torch.inference_mode():
        weights = torch.log1p(torch.relu(model(**ids).logits[0]))
    weights = torch.log1p(weights) if activation == "log1p_relu" else weights
    return (weights.amax(dim=0) if pooling == "max" else weights.sum(dim=0)).numpy()


@pytest.mark.filterwarnings("ignore")  # the library's own
@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("query", ["same", "table", "another"])
@pytest.mark.parametrize(("pooling", "activation"), [("max", "relu"), ("sum", "log1p_relu"), ("max", "log1p_relu")])
def test_the_library_gives_the_same_vectors(tmp_path, parts, other_model, query, pooling, activation, half):
    from sentence_transformers import SparseEncoder as Theirs

    side: Any = query_sides(query, other_model)
    prompts = {"query": "the ", "document": "far "}
    extra: Any = {
        "prompts": prompts,
        "half": half,
        "corpus_idf": 0.5 if query == "table" else 0.0,
        "query_tf": query == "table",
    }
    save(tmp_path / "m", **parts, pooling=pooling, activation=activation, query=side, **extra)
    theirs: Any = Theirs(str(tmp_path / "m"))
    assert {parameter.dtype for parameter in theirs.parameters()} == {torch.float32}
    backbone = parts["backbone"].half().float() if half else parts["backbone"]
    found = theirs.encode_document(DOCUMENTS, convert_to_sparse_tensor=False).numpy()
    for text, row in zip(DOCUMENTS, found, strict=True):
        expected = naive(backbone, parts["tokenizer"], "far " + text, 24, pooling, activation)
        np.testing.assert_allclose(row, expected, atol=1e-5)
    mine = SparseEncoder.from_pretrained(tmp_path / "m", dtype="float32")
    assert mine.kind == ("inference-free" if query == "table" else "splade")
    assert mine.record()["settings"]["query_max_length"] == 16
    np.testing.assert_allclose(mine.encode_documents(DOCUMENTS).toarray(), found, atol=1e-5)
    found = theirs.encode_query(QUERIES, convert_to_sparse_tensor=False).numpy()
    for text, row in zip(QUERIES, found, strict=True):
        if query == "table":
            ids = parts["tokenizer"]("the " + text, add_special_tokens=False)["input_ids"]
            expected = np.where(np.isin(np.arange(len(WORDS)), ids), np.maximum(side, 0), 0)
        else:
            network = side if query == "another" else backbone
            network = network.half().float() if half else network
            expected = naive(network, parts["tokenizer"], "the " + text, 16, pooling, activation)
        np.testing.assert_allclose(row, expected, atol=1e-5)
    np.testing.assert_allclose(mine.encode_queries(QUERIES).toarray(), found, atol=1e-5)


def test_one_network_with_two_lengths(tmp_path, parts):
    save(tmp_path / "m", **parts)
    encoder, bare = (SparseEncoder.from_pretrained(tmp_path / "m", max_length=given) for given in (None, 16))
    text = ["the cat sat on the mat dogs ran far the cat sat on the mat dogs ran far"]
    assert (encoder.encode_queries(text) != bare.encode_documents(text)).nnz == 0
    assert (encoder.encode_documents(text) != bare.encode_documents(text)).nnz > 0


def test_an_index_of_a_saved_model_answers_as_the_model_does(tmp_path, parts, other_model):
    query = AutoModelForMaskedLM.from_pretrained(other_model)
    save(tmp_path / "m", **parts, query=query, prompts={"query": "far "})
    Retriever.build(DOCUMENTS, model=str(tmp_path / "m"), path=tmp_path / "idx")
    encoder = SparseEncoder.from_pretrained(tmp_path / "m")
    hits = Retriever.open(tmp_path / "idx").search("dogs", k=3)
    scores = (encoder.encode_documents(DOCUMENTS) @ encoder.encode_queries(["dogs"]).T).toarray().ravel()
    assert [hit.score for hit in hits] == pytest.approx(np.sort(scores)[::-1], rel=0.02)  # stored in 8 bits


def test_tied_weights_are_saved_once_and_halves_are_half(tmp_path, parts):
    kinds = {}
    for half in (False, True):
        save(tmp_path / f"{half}", **parts, half=half)
        with safe_open(tmp_path / f"{half}" / "model.safetensors", "np") as file:
            slices = [file.get_slice(name) for name in [*file.keys()]]
            shapes = [tuple(part.get_shape()) for part in slices]
            kinds[half] = {part.get_dtype() for part in slices}
        assert shapes.count((len(WORDS), 16)) == 1
    assert kinds[False] == {"F32"}
    assert kinds[True] == {"F16"}
    assert json.loads((tmp_path / "True" / "config.json").read_text())["dtype"] == "float32"


def test_a_weight_that_half_precision_cannot_hold(tmp_path, parts):
    with torch.no_grad():
        parts["backbone"].cls.predictions.bias[3] = -1e6
    with pytest.raises(ModelError, match=r"predictions.*bias holds 1e\+06.*half=False"):
        save(tmp_path / "m", **parts, half=True)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_replaced_unasked_and_nothing_but_a_model(tmp_path, parts):
    folder = tmp_path / "m"
    save(folder, **parts)
    with pytest.raises(IndexExistsError, match="exists"):
        save(folder, **parts, card="# second")
    save(folder, **parts, card="# second", overwrite=True)
    assert (folder / "README.md").read_text() == "# second"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("dear")
    with pytest.raises(IndexExistsError, match="not a model"):
        save(tmp_path / "mine", **parts, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m", "mine"]


def test_a_full_disk_leaves_what_stood_there(tmp_path, parts, monkeypatch):
    folder = tmp_path / "m"
    save(folder, **parts, card="# first")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(parts["backbone"]), "save_pretrained", full)
    with pytest.raises(ModelError, match=r"cannot be written.*No space left"):
        save(folder, **parts, card="# second", overwrite=True)
    assert (folder / "README.md").read_text() == "# first"
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pooling": "mean"}, "pooling is 'mean'"),
        ({"activation": "gelu"}, "activation is 'gelu'"),
        ({"max_length": {"document": 3}}, "nothing of the query"),
        ({"query": "bm25"}, "query side is 'bm25'"),
        ({"query": np.ones(3, np.float32)}, r"shape \(3,\), the vocabulary 15"),
    ],
)
def test_bad_settings_write_nothing(tmp_path, parts, change, message):
    with pytest.raises(InputError, match=message):
        save(tmp_path / "m", **{**parts, **change})
    assert list(tmp_path.iterdir()) == []
