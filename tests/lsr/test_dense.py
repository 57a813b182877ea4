"""A dense encoder gives sentence-transformers' vectors, whatever the folder says about pooling."""

import json
import shutil

import numpy as np
import pytest

from lsr import ModelError
from lsr.encoders.dense import DenseEncoder

TEXTS = ["the cat sat on the mat", "dogs", "", "the dog ran far " * 20, "cats sat"]


@pytest.fixture(scope="module")
def sentence_model(tmp_path_factory, tiny_model):
    """Make a folder of sentence-transformers: `sentence_model(pooling, normalize)`."""

    def make(pooling, normalize, *, old=False):
        folder = tmp_path_factory.mktemp("dense")
        shutil.copytree(tiny_model, folder, dirs_exist_ok=True)
        names = ["Transformer", "Pooling"] + ["Normalize"] * normalize
        paths = ["", "1_Pooling", "2_Normalize"]
        modules = [
            {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{name}"}
            for n, (name, path) in enumerate(zip(names, paths, strict=False))
        ]
        (folder / "modules.json").write_text(json.dumps(modules))
        (folder / "1_Pooling").mkdir()
        modes = {"pooling_mode_cls_token": pooling == "cls", "pooling_mode_mean_tokens": pooling == "mean"}
        settings = {"word_embedding_dimension": 16, **modes} if old else {"pooling_mode": pooling}
        (folder / "1_Pooling" / "config.json").write_text(json.dumps({"embedding_dimension": 16} | settings))
        (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 30}')
        return folder

    return make


@pytest.mark.parametrize(("pooling", "normalize", "old"), [("mean", True, True), ("cls", False, False)])
def test_vectors_are_those_of_sentence_transformers(sentence_model, pooling, normalize, old):
    sentence_transformers = pytest.importorskip("sentence_transformers")
    folder = sentence_model(pooling, normalize, old=old)
    ours = DenseEncoder(folder, name="x", dtype="float32")
    theirs = sentence_transformers.SentenceTransformer(str(folder), device="cpu").encode(TEXTS)
    vectors = ours.encode(TEXTS)
    filled = [0, 1, 3, 4]
    np.testing.assert_allclose(vectors[filled], theirs[filled], atol=1e-5)
    assert ours.max_length == 30
    assert not vectors[2].any()  # theirs is the vector of special tokens alone, which says nothing of a text
    assert np.allclose(np.linalg.norm(vectors[filled], axis=1), 1) == normalize


def test_a_text_has_one_vector_whatever_its_neighbours(tiny_model):
    encoder = DenseEncoder(tiny_model, name="x", dtype="float32", token_budget=64)
    together = encoder.encode(TEXTS)
    np.testing.assert_allclose(together, np.vstack([encoder.encode([text]) for text in TEXTS]), atol=1e-5)
    assert encoder.encode([]).shape == (0, 16)
    done = []
    encoder.encode(TEXTS, progress=done.append)
    assert sum(done) == len(TEXTS)


def test_prompts_are_put_before_their_side(sentence_model):
    folder = sentence_model("mean", True)
    prompts = {"query": "the cat ", "document": ""}
    (folder / "config_sentence_transformers.json").write_text(json.dumps({"prompts": prompts}))
    encoder = DenseEncoder(folder, name="x")
    np.testing.assert_allclose(encoder.encode(["sat"], side="query"), encoder.encode(["the cat sat"]), atol=1e-5)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("1_Pooling/config.json", '{"pooling_mode": "lasttoken"}', "pools by lasttoken; lsr reads mean and cls"),
        ("1_Pooling/config.json", '{"pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": true}', "pools by me"),
        ("modules.json", '[{"type": "a.Router", "path": ""}]', "has the modules Router"),
        ("modules.json", "[1]", "malformed modules.json"),
        ("modules.json", "[", "not valid JSON"),
    ],
)
def test_other_folders_are_refused_in_one_line(sentence_model, file, content, message):
    folder = sentence_model("mean", True)
    (folder / file).write_text(content)
    with pytest.raises(ModelError, match=message) as caught:
        DenseEncoder(folder, name="x")
    assert "\n" not in str(caught.value)


def test_no_model_at_all(tmp_path):
    with pytest.raises(ModelError, match=r"neither modules\.json nor config\.json"):
        DenseEncoder(tmp_path, name="x")
