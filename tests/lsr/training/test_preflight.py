"""What a run says of itself before the first step."""

import json

import pytest

from lsr.training.start import start
from lsr_index import InputError


@pytest.fixture
def told(tmp_path):
    """Start a run and return what it says."""

    def tell(recipe):
        lines = []
        run = start(recipe, tmp_path / "run", note=lines.append)
        return lines, run

    return tell


def test_texts_that_are_cut_are_counted(told, recipe, tiny_model):
    model = {"backbone": str(tiny_model), "max_length": {"query": 3, "document": 8}}
    lines, _ = told(recipe(model=model))
    # Of every query of two words the second is cut; documents have six words and, but for every fourth, more.
    assert "queries: 128 of the first 128 are longer than 3 tokens, and are cut there" in lines
    cut = next(line for line in lines if line.startswith("documents: "))
    assert "of the first 128 are longer than 8 tokens" in cut


def test_nothing_is_told_of_texts_that_are_read_whole(told, recipe, tiny_model):
    lines, _ = told(recipe(model={"backbone": str(tiny_model), "max_length": {"query": 8, "document": 32}}))
    assert [line.partition(" ")[0] for line in lines] == ["calibration"]


def test_lengths_that_the_backbone_cannot_read_are_told_and_not_saved(told, recipe, tiny_model):
    lines, run = told(recipe(model={"backbone": str(tiny_model), "max_length": {"query": 8, "document": 5000}}))
    assert "documents: the backbone reads 40 tokens, not the 5000 of model.max_length" in lines
    run.train()
    saved = next((run.folder / "model").rglob("tokenizer_config.json"))
    assert json.loads(saved.read_text())["model_max_length"] == 40


def test_settings_that_nothing_asks_for_are_told(told, recipe, tiny_model):
    imitation = {"model": str(tiny_model), "steps": 8}
    lines, run = told(recipe(imitation=imitation))
    assert lines[0] == "all 8 steps imitate, so nothing asks for losses, regularizers"
    run.train()
    card = (run.folder / "model" / "README.md").read_text()
    assert f"imitation of {tiny_model} for 8 steps" in card
    assert "infonce" not in card


def test_losses_may_be_left_out_where_all_steps_imitate(recipe, tiny_model):
    imitation = {"model": str(tiny_model), "steps": 8}
    assert recipe(losses=[], imitation=imitation).only_imitates
    for settings in ({}, {"imitation": imitation | {"steps": 7}}):
        with pytest.raises(InputError, match="there are none, and not all steps imitate"):
            recipe(losses=[], **settings)


@pytest.mark.parametrize(
    ("training", "message"),
    [
        ({"seed": -1}, "training.seed: input should be greater than or equal to 0"),
        ({"seed": 2**32}, "training.seed: input should be less than 4294967296"),
        ({"learning_rate": float("inf")}, "training.learning_rate: input should be a finite number"),
        ({"weight_decay": float("nan")}, "training.weight_decay: input should be"),
    ],
)
def test_impossible_numbers(recipe, training, message):
    with pytest.raises(InputError, match=message):
        recipe(training=training)
