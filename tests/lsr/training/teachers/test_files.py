"""Files of scores in every form, and one line before step 0 where they do not cover the data."""

import json
from dataclasses import replace

import numpy as np
import pytest

from lsr.training.data.batches import BatchPlan
from lsr.training.data.examples import key
from lsr.training.teachers import score_files
from lsr.training.teachers.files import FileTeacher
from lsr.training.teachers.settings import FileSettings, open_teacher
from lsr_index import InputError
from lsr_index.progress import silent

SCORES = {("1", "a"): 3.0, ("1", "d"): 2.0, ("1", "b"): 0.5, ("2", "b"): 9.0, ("2", "e"): -1.0, ("3", "c"): 4.0}


def as_queries():
    grouped = {}
    for (query, document), score in SCORES.items():
        grouped.setdefault(query, {})[document] = score
    return grouped.items()


FORMS = {
    "run.trec": [f"{q} Q0 {d} 1 {s} tag" for (q, d), s in SCORES.items()],
    "scores.tsv": [f"{q}\t{d}\t{s}" for (q, d), s in SCORES.items()],
    "pairs.jsonl": [json.dumps({"query_id": q, "document_id": d, "score": s}) for (q, d), s in SCORES.items()],
    "maps.jsonl": [json.dumps({"qid": int(q), "scores": s}) for q, s in as_queries()],
    "lists.jsonl": [
        json.dumps({"query_id": q, "negatives": list(s), "scores": list(s.values())}) for q, s in as_queries()
    ],
}


def write(path, lines):
    path.write_text("".join(line + "\n" for line in lines))
    return path


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_scores(tmp_path, source, batch, name):
    path = write(tmp_path / name, FORMS[name])
    assert {(q, d): s for q, d, s in score_files.read(path)} == SCORES
    teacher = open_teacher(FileSettings(path=path))
    teacher.prepare([source], silent)
    scores = teacher.scores(batch)
    for row, query in enumerate(batch.query_ids):
        for column, document in enumerate(batch.document_ids):
            assert np.isnan(scores[row, column]) or scores[row, column] == SCORES[query[2:], document[2:]]
    assert not np.isnan(scores[batch.own]).any()
    assert np.isnan(scores).sum() == scores.size - len(SCORES)


def test_ids_of_several_sources(tmp_path, source):
    other = replace(source, name="t")
    both = [f"{key(name, q)}\t{key(name, d)}\t{s}" for name in "st" for (q, d), s in SCORES.items()]
    teacher = FileTeacher(write(tmp_path / "both.tsv", both))
    teacher.prepare([source, other], silent)
    teacher.prepare([source], silent)
    own = FileTeacher(write(tmp_path / "own.tsv", FORMS["scores.tsv"]), source="t", partial=True)
    own.prepare([source, other], silent)
    batches = [BatchPlan([one], 3, 2).batch(0) for one in (source, other)]
    assert np.isnan(own.scores(batches[0])).all()
    assert not np.isnan(own.scores(batches[1])[batches[1].own]).any()
    with pytest.raises(InputError, match="scores of the source 'u'; there are: s, t"):
        FileTeacher(tmp_path / "own.tsv", source="u").prepare([source, other], silent)


def test_a_file_that_does_not_cover_the_data(tmp_path, source, batch):
    path = write(tmp_path / "scores.tsv", FORMS["scores.tsv"][:-2])
    with pytest.raises(InputError) as caught:
        FileTeacher(path).prepare([source], silent)
    assert str(caught.value) == (
        f"{path} has scores for 66.7 % of the 6 pairs of the training data; the first it lacks is query 's/2' with "
        "document 's/e'; complete it with lsr score, or allow it with partial: true"
    )
    teacher = FileTeacher(path, partial=True)
    teacher.prepare([source], silent)
    assert np.isfinite(teacher.scores(batch)).sum() == 4
    write(path, ["x\ty\t1"])
    with pytest.raises(InputError, match=r"scores for 0\.0 %"):
        FileTeacher(path, partial=True).prepare([source], silent)


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("x.tsv", "1\ta", "x.tsv:2: 2 columns; expected qid"),
        ("x.tsv", "1\ta\tnan", "x.tsv:2: the score is 'nan', it must be a finite"),
        ("x.jsonl", '{"query_id": "1", "document_id": "a"}', "x.jsonl:2: no score in the object"),
        ("x.jsonl", '{"query_id": "1", "documents": ["a"], "scores": []}', "lists of one length"),
        ("x.jsonl", '{"query_id": "1", "scores": {"a": null}}', "x.jsonl:2: the score is None"),
        ("x.jsonl", "[]", "x.jsonl:2: expected a JSON object, found list"),
        ("x.jsonl", "{", "x.jsonl:2: not valid JSON"),
    ],
)
def test_bad_lines(tmp_path, name, line, message):
    first = FORMS["pairs.jsonl" if "json" in name else "scores.tsv"][0]
    with pytest.raises(InputError, match=message):
        list(score_files.read(write(tmp_path / name, [first, line])))
