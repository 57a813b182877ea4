"""`lsr train`: data and teachers that do not fit are told in one line, before a run is there."""

import json

import pytest
import yaml

from tests.lsr.conftest import failure

TEXTS = {"d1": "the cat sat", "d2": "the dog ran", "d3": "the mat"}
QUERIES = {"q1": "cat", "q2": "dog"}


@pytest.fixture
def files(tmp_path):
    (tmp_path / "corpus.jsonl").write_text(
        "".join(json.dumps({"_id": name, "text": text}) + "\n" for name, text in TEXTS.items())
    )
    (tmp_path / "queries.tsv").write_text("".join(f"{name}\t{text}\n" for name, text in QUERIES.items()))
    (tmp_path / "tuples.tsv").write_text("q1\td1\td2\nq2\td2\td3\n")
    return tmp_path


@pytest.fixture
def train(lsr, files, tiny_model):
    """Run `lsr train` on `files`, with more members of the source and an ensemble of one file of scores."""

    def run(source=None, scores=None):
        places = {"path": "tuples.tsv", "corpus": "corpus.jsonl", "queries": "queries.tsv"}
        tuples = {"kind": "tuples", **{key: str(files / name) for key, name in places.items()}, **(source or {})}
        recipe = {
            "name": "tiny",
            "model": {"backbone": str(tiny_model), "max_length": {"query": 8, "document": 16}},
            "data": {"sources": [tuples], "queries_per_batch": 2, "negatives_per_query": 1},
            "losses": [{"name": "margin_mse" if scores else "infonce"}],
            "training": {"steps": 1, "precision": "float32"},
        }
        if scores:
            recipe["teachers"] = {"members": [{"kind": "file", **scores}]}
        (files / "recipe.yaml").write_text(yaml.safe_dump(recipe))
        return lsr("train", files / "recipe.yaml", "-o", files / "run")

    return run


def test_examples_without_texts_are_counted_and_the_first_is_named(train, files):
    (files / "tuples.tsv").write_text("q1\td1\td9\nq8\td2\td3\nq2\td2\td9\n")
    told = failure(train())
    assert "the source tuples names 2 ids that have no text, the first is document 'd9'" in told
    assert "leave these examples out" in told
    assert not (files / "run").exists()


def test_mined_negatives_of_another_corpus(train, files):
    (files / "negatives.jsonl").write_text('{"query_id": "q1", "negatives": ["d3", "x1", "x2"]}\n')
    told = failure(train(source={"negatives": str(files / "negatives.jsonl")}))
    assert "names 2 documents that the source tuples lacks, the first is 'x1'; mine again" in told
    assert not (files / "run").exists()


def test_a_teacher_that_does_not_cover_the_data(train, files):
    (files / "scores.tsv").write_text("q1\td1\t2\nq1\td2\t1\nq2\td2\t2\n")
    told = failure(train(scores={"path": str(files / "scores.tsv")}))
    assert "scores for 75.0 % of the 4 pairs" in told
    assert "the first it lacks is query 'tuples/q2' with document 'tuples/d3'" in told
    assert "complete it with lsr score, or allow it with partial: true" in told
    assert not (files / "run").exists()


def test_a_teacher_of_other_data_is_refused_even_if_it_may_be_partial(train, files):
    (files / "scores.tsv").write_text("x1\ty1\t2\n")
    told = failure(train(scores={"path": str(files / "scores.tsv"), "partial": True}))
    assert "scores for 0.0 % of the 4 pairs" in told
    assert not (files / "run").exists()
