"""Every recipe that is committed, in miniature: read, run to the end, and its loss falls."""

import json
from pathlib import Path

import pytest
import yaml

from lsr import SparseEncoder
from lsr.training import recipe as recipes
from lsr.training.journal import read
from lsr.training.recipe import Recipe
from lsr.training.settings import checked
from lsr.training.start import start
from tests.lsr.training.conftest import NOUNS

FILES = sorted((Path(__file__).parents[3] / "recipes").glob("*.yaml"))
PASSES = 15
"""Steps that see every pair three times: their losses can be compared."""
SMALL = {"queries_per_batch": 6, "tokens_per_forward": 512, "save_every": 100, "precision": "float32"}


@pytest.fixture
def negatives(tmp_path):
    """Some for the queries of `pairs`."""
    path = tmp_path / "negatives.jsonl"
    lines = [{"query_id": f"words/q{n}", "negatives": [f"d{(n + 7) % 30}", f"d{(n + 11) % 30}"]} for n in range(30)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def shrink(content, model, pairs, negatives, folder):
    """Put miniatures in the place of all that is large; what is trained, and how, stays."""
    data, training = content["data"], content["training"]
    wanted = any("negatives" in source for source in data["sources"])
    spanned = {"spans": {"per_document": 1, "words": [2, 4]}} if any("spans" in one for one in data["sources"]) else {}
    mined = {"negatives": str(negatives)} if wanted else {}
    data["sources"] = [{"kind": "pairs", "path": str(pairs), **mined, **spanned}]
    data["queries_per_batch"] = SMALL["queries_per_batch"]
    content["model"]["backbone"] = str(model)
    content["model"]["max_length"] = {"query": 12, "document": 30}
    for teacher in content.get("teachers", {}).get("members", []):
        teacher.update({"model": str(model)} if "model" in teacher else {})
    content.get("query", {}).pop("start", None)  # the table of a run before it
    if "imitation" in content:
        models = content["imitation"]["model"]
        few = str(model) if isinstance(models, str) else [str(model)] * len(models)
        throughout = content["imitation"]["steps"] >= training["steps"]
        content["imitation"].update(model=few, steps=45 if throughout else 10)
    for penalty in [p for side in content.get("regularizers", {}).values() for p in side]:
        penalty["ramp"] = min(penalty.get("ramp", 0), 10)
        penalty["weight"] = 0.01 * penalty["weight"] if "weight" in penalty else None  # toys have small losses
        if "target_nnz" in penalty:
            penalty["target_nnz"] = 5
    content.pop("evaluation", None)
    training.update({key: SMALL[key] for key in ("tokens_per_forward", "save_every", "precision")})
    training.update(steps=45, learning_rate=2e-4, warmup=2)
    training.pop("head_learning_rate", None)
    content["teacher_cache"] = str(folder / "teachers")
    return content


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
@pytest.mark.model
def test_it_runs_to_the_end_and_its_loss_falls(file, splade_tiny, tiny_decoder, pairs, negatives, tmp_path):
    recipes.read(file)  # as it is
    content = yaml.safe_load(file.read_text())
    decoder = content["model"]["backbone"] == "smollm2"
    settings = shrink(content, tiny_decoder if decoder else splade_tiny.name, pairs, negatives, tmp_path)
    if decoder:
        content["training"].update(learning_rate=3e-3)
    start(checked(Recipe, settings, file.name), tmp_path / "run").train()
    names = {loss["name"] for loss in settings.get("losses", [])}
    lines = read(tmp_path / "run")
    if names:
        lines = [line for line in lines if "imitation" not in line]
    else:
        names = {"imitation"}
    losses = [sum(value for key, value in line.items() if key.partition(" τ")[0] in names) for line in lines]
    assert sum(losses[-PASSES:]) < sum(losses[:PASSES])
    encoder = SparseEncoder.from_pretrained(tmp_path / "run" / "model", dtype="float32")
    assert encoder.encode_documents([" ".join(NOUNS)]).nnz
    assert encoder.encode_queries(["cat mat"]).nnz


def test_there_is_one_for_every_paper():
    assert {file.stem for file in FILES} >= {
        "splade", "splade-max", "splade-doc", "distil", "ensemble-distil", "inference-free", "l0", "li-lsr",
        "echo-decoder-lora", "unicoil", "lsr-mini",
    }  # fmt: skip
