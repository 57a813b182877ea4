"""A small source over the words of the tiny models, and bars that nobody sees."""

import pytest

from lsr.training.data.examples import Example, Source, positives


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
