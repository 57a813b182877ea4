"""Folders written by sentence-transformers, by hand in the 5.x and 6.x layouts and by the library itself."""

import json
import shutil
from typing import Any

import numpy as np
import pytest

from lsr import SparseEncoder
from lsr_index import ModelError
from tests.conftest import WORDS

TEXTS = ["the cat sat on the mat", "dogs ran far"]
LAYOUTS = {
    "5.x": (
        "sentence_transformers.sparse_encoder.models.MLMTransformer",
        "sentence_transformers.sparse_encoder.models.SpladePooling",
    ),
    "6.x": (
        "sentence_transformers.base.modules.transformer.Transformer",
        "sentence_transformers.sparse_encoder.modules.splade_pooling.SpladePooling",
    ),
}


def write_layout(model, folder, layout, pooling=None, **settings):
    shutil.copytree(model, folder)
    types = LAYOUTS[layout]
    modules = [
        {"idx": n, "name": str(n), "path": p, "type": t}
        for n, (p, t) in enumerate(zip(["", "1_SpladePooling"], types, strict=True))
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_SpladePooling").mkdir()
    (folder / "1_SpladePooling" / "config.json").write_text(
        json.dumps(pooling or {"pooling_strategy": "max", "activation_function": "relu"})
    )
    (folder / "config_sentence_transformers.json").write_text(json.dumps({"model_type": "SparseEncoder", **settings}))
    if layout == "5.x":
        (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 24, "do_lower_case": false}')
    return folder


@pytest.mark.parametrize(("layout", "length"), [("5.x", 24), ("6.x", 32)])
def test_layouts_encode_like_the_bare_model(tmp_path, tiny_model, layout, length):
    encoder = SparseEncoder.from_pretrained(write_layout(tiny_model, tmp_path / "model", layout))
    bare = SparseEncoder.from_pretrained(tiny_model)
    assert (encoder.kind, encoder.record()["settings"]["max_length"]) == ("splade", length)
    assert (encoder.encode_documents(TEXTS) != bare.encode_documents(TEXTS)).nnz == 0


def test_double_logarithm_and_prompts(tmp_path, tiny_model):
    pooling = {"pooling_strategy": "max", "activation_function": "log1p_relu"}
    folder = write_layout(tiny_model, tmp_path / "model", "6.x", pooling, prompts={"query": "the cat ", "document": ""})
    encoder, bare = SparseEncoder.from_pretrained(folder), SparseEncoder.from_pretrained(tiny_model)
    expected = np.log1p(bare.encode_queries(["the cat sat"]).toarray())
    np.testing.assert_allclose(encoder.encode_queries(["sat"]).toarray(), expected, atol=1e-6)
    np.testing.assert_allclose(
        encoder.encode_documents(["sat"]).toarray(), np.log1p(bare.encode_documents(["sat"]).toarray()), atol=1e-6
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pooling": {"pooling_strategy": "sum"}}, "pools by sum"),
        ({"pooling": {"activation_function": "gelu"}}, "activation 'gelu'"),
        ({"model_type": "SentenceTransformer"}, "is a SentenceTransformer"),
    ],
)
def test_what_is_not_read_is_refused(tmp_path, tiny_model, change, message):
    folder = write_layout(tiny_model, tmp_path / "model", "6.x", **change)
    with pytest.raises(ModelError, match=message):
        SparseEncoder.from_pretrained(folder)


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(ModelError, match="holds no model"):
        SparseEncoder.from_pretrained(tmp_path)


@pytest.mark.filterwarnings("ignore")  # the library's own
@pytest.mark.parametrize("inference_free", [False, True])
def test_folders_written_by_the_library_give_its_vectors(tmp_path, tiny_model, inference_free):
    import torch
    from sentence_transformers import SparseEncoder as Theirs
    from sentence_transformers.base.modules import Router
    from sentence_transformers.sparse_encoder.modules import SparseStaticEmbedding, SpladePooling

    theirs: Any = Theirs(str(tiny_model))
    if inference_free:
        static = SparseStaticEmbedding(tokenizer=theirs[0].tokenizer, weight=torch.rand(len(WORDS)), frozen=True)
        routes: Any = Router.for_query_document([static], [theirs[0], SpladePooling("max")])
        theirs = Theirs(modules=[routes])
    theirs.save_pretrained(str(tmp_path / "saved"))
    ours = SparseEncoder.from_pretrained(tmp_path / "saved")
    assert ours.kind == ("inference-free" if inference_free else "splade")
    for mine, library in ((ours.encode_documents, theirs.encode_document), (ours.encode_queries, theirs.encode_query)):
        expected = library(TEXTS, convert_to_sparse_tensor=False).numpy()
        np.testing.assert_allclose(mine(TEXTS).toarray(), expected, atol=1e-5)


def test_idf_json(tmp_path):
    from lsr.encoders.formats import static_weights

    (tmp_path / "config.json").write_text('{"path": "idf.json"}')
    (tmp_path / "idf.json").write_text('{"cat": 2.5, "the": -0.1, "unheard": 9}')
    weights = static_weights(tmp_path, {"the": 0, "cat": 1, "sat": 2}, 3)
    assert weights.tolist() == [0.0, 2.5, 0.0]
