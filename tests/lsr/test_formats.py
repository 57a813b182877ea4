"""Folders written by sentence-transformers, by hand in the 5.x and 6.x layouts and by the library itself."""

# pyright: reportArgumentType=false
import json
import shutil
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from lsr import SparseEncoder
from lsr.encoders import formats
from lsr_index import ModelError
from tests.conftest import WORDS, make_model

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
        ({"pooling": {"pooling_strategy": "mean"}}, "pooling by 'mean'"),
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
@pytest.mark.parametrize("query", ["same", "table", "another"])
@pytest.mark.parametrize(("pooling", "activation"), [("max", "relu"), ("sum", "log1p_relu")])
def test_folders_written_by_the_library_give_its_vectors(tmp_path, tiny_model, query, pooling, activation):
    import torch
    from sentence_transformers import SparseEncoder as Theirs
    from sentence_transformers.base.modules import Router
    from sentence_transformers.sparse_encoder.modules import SparseStaticEmbedding, SpladePooling

    bare: Any = Theirs(str(tiny_model))
    modules = [bare[0], SpladePooling(pooling, activation)]
    if query == "table":
        static = SparseStaticEmbedding(tokenizer=bare[0].tokenizer, weight=torch.rand(len(WORDS)), frozen=True)
        modules = [Router.for_query_document([static], modules)]
    elif query == "another":
        other: Any = Theirs(str(make_model(tmp_path / "other", "distilbert")))
        modules = [Router.for_query_document([other[0], SpladePooling("max")], modules)]
    theirs: Any = Theirs(modules=modules, prompts={"query": "far ", "document": "the "})
    theirs.save_pretrained(str(tmp_path / "saved"))
    ours = SparseEncoder.from_pretrained(tmp_path / "saved", dtype="float32")
    assert ours.kind == ("inference-free" if query == "table" else "splade")
    for mine, library in ((ours.encode_documents, theirs.encode_document), (ours.encode_queries, theirs.encode_query)):
        expected = library(TEXTS, convert_to_sparse_tensor=False).numpy()
        np.testing.assert_allclose(mine(TEXTS).toarray(), expected, atol=1e-5)


def test_a_table_in_json_as_sentence_transformers_reads_it(tmp_path):
    (tmp_path / "config.json").write_text('{"path": "idf.json"}')
    (tmp_path / "idf.json").write_text('{"cat": 2.5, "the": -0.1, "unheard": 9}')
    weights = formats.table(formats.TableFiles(tmp_path), {"the": 0, "cat": 1, "sat": 2}, {2}, 3)
    assert weights.tolist() == [0.0, 2.5, 0.0]


def test_opensearch_tables_weigh_missing_tokens_one_and_special_ones_zero(tmp_path, tiny_model):
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    (folder / "idf.json").write_text('{"cat": 2.5, "the": -0.1, "[SEP]": 3, "unheard": 9}')
    encoder = SparseEncoder.from_pretrained(folder)
    assert encoder.kind == "inference-free"
    row = encoder.encode_queries(["the cat sat on, [SEP] cat strange"])
    assert dict(encoder.decode(row)) == {"cat": 2.5, "sat": 1.0, "on": 1.0}
    bare = SparseEncoder.from_pretrained(tiny_model)
    assert (encoder.encode_documents(TEXTS) != bare.encode_documents(TEXTS)).nnz == 0


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_checkpoints_of_half_precision_are_computed_in_full(tmp_path, tiny_model, dtype):
    import torch
    from transformers import AutoModelForMaskedLM

    model = AutoModelForMaskedLM.from_pretrained(tiny_model).to(getattr(torch, dtype))
    for folder in ("half", "full"):
        shutil.copytree(tiny_model, tmp_path / folder)
    model.save_pretrained(tmp_path / "half")
    model.float().save_pretrained(tmp_path / "full")
    half, full = (SparseEncoder.from_pretrained(tmp_path / name, dtype="float32") for name in ("half", "full"))
    assert (half.encode_documents(TEXTS) != full.encode_documents(TEXTS)).nnz == 0


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"weights": np.ones(3, dtype=np.float32)}, "no tensor named weight"),
        ({"weight": np.ones(2, dtype=np.float32)}, "weights for 2 tokens, the model has 3"),
        ({"weight": np.ones(5, dtype=np.float32)}, "weights for 5 tokens, the model has 3"),
        ({"weight": np.ones((3, 1), dtype=np.float32)}, "no table of query weights"),
        ({"weight": np.array([1, np.nan, 1], dtype=np.float32)}, "values that are no numbers"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path, tensors, message):
    save_file(tensors, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match=message):
        formats.table(formats.TableFiles(tmp_path), {"the": 0, "cat": 1, "sat": 2, "[unnamed3]": 3}, set(), 4)


def test_a_damaged_table_is_refused_and_padding_needs_no_weights(tmp_path):
    tokens = {"the": 0, "cat": 1, "[unnamed2]": 2}
    save_file({"weight": np.array([1, 2], dtype=np.float16)}, tmp_path / "model.safetensors")
    assert formats.table(formats.TableFiles(tmp_path), tokens, set(), 3).tolist() == [1, 2, 0]
    (tmp_path / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{")
    with pytest.raises(ModelError, match="cannot be read"):
        formats.table(formats.TableFiles(tmp_path), tokens, set(), 3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"query_tf": "no"}, "query_tf is 'no', not true or false"),
        ({"corpus_idf": "half"}, "corpus_idf is 'half', not a share"),
        ({"corpus_idf": 2}, "corpus_idf is 2, not a share"),
    ],
)
def test_settings_of_queries_have_types(tmp_path, tiny_model, settings, message):
    folder = write_layout(tiny_model, tmp_path / "model", "6.x", lsr=settings)
    with pytest.raises(ModelError, match=message):
        SparseEncoder.from_pretrained(folder)
