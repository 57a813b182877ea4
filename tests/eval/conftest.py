"""A BEIR folder small enough to know by heart."""

import json

import pytest

from lsr_eval import datasets

DOCUMENTS = {
    "d1": ("Bread", "Bread dough rises because yeast gives off carbon dioxide."),
    "d2": ("Tides", "The moon pulls on the ocean and raises two tides a day."),
    "d3": ("Rust", "Iron rusts where water and oxygen reach it."),
    "d4": ("Glass", "Glass is made from sand, soda and lime melted together."),
    "d5": ("Bees", "Bees tell each other where flowers stand by dancing."),
    "d6": ("Bakers", "Bakers knead dough before yeast makes it rise."),
}
QUERIES = {"q1": "yeast dough", "q2": "moon and tides", "q3": "zeppelin", "q4": "glass sand", "q5": "dancing bees"}
TEST_QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td6\t1\nq2\td2\t1\nq3\td5\t1\n"
DEV_QRELS = "q4 0 d4 1\nq4 0 d1 0\n"


def write_beir(folder, queries, qrels, documents=DOCUMENTS):
    (folder / "qrels").mkdir(parents=True)
    lines = [json.dumps({"_id": key, "title": title, "text": text}) for key, (title, text) in documents.items()]
    (folder / "corpus.jsonl").write_text("\n".join(lines) + "\n")
    lines = [json.dumps({"_id": key, "text": text}) for key, text in queries.items()]
    (folder / "queries.jsonl").write_text("\n".join(lines) + "\n")
    for name, text in qrels.items():
        (folder / "qrels" / name).write_text(text)
    return folder


@pytest.fixture
def beir(tmp_path):
    """Six documents; test (q1, q2 and q3, which finds nothing) and dev (q4, in TREC's columns)."""
    return write_beir(tmp_path / "tiny", QUERIES, {"test.tsv": TEST_QRELS, "dev.tsv": DEV_QRELS})


@pytest.fixture(scope="session")
def stdlib_dataset():
    """The built-in dataset; gathering its corpus takes a second."""
    return datasets.load("python-stdlib")
