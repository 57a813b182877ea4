"""The collections beside the project: known counts, and the same records by another way of reading."""

import json

import pytest

from lsr_eval import datasets

COUNTS = {
    ("adi", "test"): (82, 35, 170),
    ("cisi", "test"): (1460, 76, 3114),
    ("cranfield", "test"): (1400, 225, 1837),
    ("fairytaleqa", "dev"): (4094, 1025, 1133),
    ("fairytaleqa", "test"): (4094, 1007, 1104),
    ("medline", "test"): (1033, 30, 696),
    ("medquad", "dev"): (15809, 791, 886),
    ("medquad", "test"): (15809, 724, 865),
    ("nfcorpus", "dev"): (3633, 324, 11385),
    ("scifact", "test"): (5183, 300, 339),
    ("squad-part", "test"): (4496, 5609, 5609),
}
"""Documents, judged queries, judgements."""
PLACES = (0, 9, -1)
pytestmark = pytest.mark.data


def records(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize(("name", "split"), COUNTS)
def test_counts_and_the_first_tenth_and_last_record(data, name, split):
    folder = data / name
    found = datasets.load(str(folder), split)
    loaded = list(found.corpus)
    judgements = [(query, answer, grade) for query, answers in found.qrels.items() for answer, grade in answers.items()]
    assert (len(loaded), len(found.qrels), len(judgements)) == COUNTS[name, split]
    assert found.missing_texts == 0

    rows = [line.split("\t") for line in (folder / "qrels" / f"{split}.tsv").read_text("utf-8").splitlines()[1:]]
    judged = {query for query, _, _ in rows}
    asked = [query for query in records(folder / "queries.jsonl") if query["_id"] in judged]
    documents = records(folder / "corpus.jsonl")
    for place in PLACES:
        document, query = documents[place], asked[place]
        assert (loaded[place].id, loaded[place].title, loaded[place].text) == (
            document["_id"],
            document["title"],
            document["text"],
        )
        assert list(found.queries.items())[place] == (query["_id"], query["text"])
        query_id, answer, grade = rows[place]
        assert found.qrels[query_id][answer] == int(grade)
    assert {(query, answer, int(grade)) for query, answer, grade in rows} == set(judgements)
