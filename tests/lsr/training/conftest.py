"""A run in miniature: a random BERT of a few hundred weights, eight words, pairs that share a word; and a source."""

import itertools
import json

import pytest

from lsr.training.data.examples import Example, Source, positives
from lsr.training.recipe import Recipe
from lsr.training.settings import checked

NOUNS = ["cat", "mat", "dog", "far", "sat", "ran"]


@pytest.fixture(autouse=True)
def one_thread():
    """Sums depend on the number of threads, which other tests change; losses are compared to the last digit here."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def pairs(tmp_path):
    """A file of 30 pairs: the query is two words, the document holds them."""
    path = tmp_path / "pairs.jsonl"
    with path.open("w") as file:
        for number, (one, other) in enumerate(itertools.permutations(NOUNS, 2)):
            line = {"source": "words", "query_id": f"q{number}", "doc_id": f"d{number}", "title": ""}
            text = f"the {one} sat on the {other} " + "the mat " * (number % 4)
            file.write(json.dumps({**line, "query": f"{one} {other}", "text": text}) + "\n")
    return path


@pytest.fixture
def recipe(tiny_model, pairs):
    """Make a recipe in miniature; keywords replace whole sections."""

    def make(**sections):
        content = {
            "name": "tiny",
            "model": {"backbone": str(tiny_model), "max_length": {"query": 8, "document": 16}},
            "data": {"sources": [{"kind": "pairs", "path": str(pairs)}], "queries_per_batch": 6},
            "losses": [{"name": "infonce"}],
            "regularizers": {"document": [{"weight": 0.001, "ramp": 4}]},
            "training": {"steps": 8, "learning_rate": 0.01, "save_every": 3, "precision": "float32"},
        }
        for name, section in sections.items():
            content[name] = {**content.get(name, {}), **section} if isinstance(section, dict) else section
        return checked(Recipe, content, "recipe")

    return make


@pytest.fixture
def source():
    documents = {
        "a": "the cat sat on the mat",
        "b": "dogs ran far",
        "c": "the mat",
        "d": "a cat ran far on the mat",
        "e": "dog dog dog",
    }
    queries = {"1": "cat sat", "2": "dog ran", "3": "mat"}
    examples = [Example("1", "a", ("d", "b")), Example("2", "b", ("e",)), Example("3", "c")]
    return Source("s", 3.0, queries, documents, examples, positives(examples))


@pytest.fixture
def batch(source):
    from lsr.training.data.batches import BatchPlan

    return BatchPlan([source], 3, 2).batch(0)
