"""Mining: ranks, answers, near-answers, samples; and both commands from the command line."""

import json

import numpy as np
import pytest

from lsr import InputError, SparseEncoder
from lsr.training.data import mined
from lsr.training.data.examples import Example, Source, positives
from lsr.training.data.settings import PairsSettings, open_sources
from lsr.training.mining import Mining, mine
from lsr.training.teachers.settings import Bm25Settings, DenseSettings, FileSettings, named, open_teacher
from lsr_index.progress import silent

DOCUMENTS = {
    "answer": "cat cat mat",
    "copy": "cat cat mat",
    "also": "mat cat",
    "near": "cat cat cat mat",
    "far": "cat dog dog dog dog",
    "twin": "cat dog dog dog dog",
    "none": "ran",
}
EXAMPLES = [Example("q", "answer"), Example("q", "also")]


@pytest.fixture
def small():
    return Source("s", 1.0, {"q": "cat mat"}, DOCUMENTS, EXAMPLES, positives(EXAMPLES))


def ask(source, teacher=None, **settings):
    [found] = mine(source, SparseEncoder.from_pretrained("bm25"), Mining(**settings), silent, teacher)
    assert found.query_id == "q"
    assert len(found.scores) == len(found.negatives)
    return found.negatives


def test_answers_their_copies_and_what_shares_no_term_are_no_negatives(small):
    assert ask(small, margin=None) == ["near", "far"]  # twin is far's equal
    assert ask(small, margin=None, window=(2, 9)) == ["far"]
    assert ask(small, margin=None, window=(5, 9)) == []


def test_what_scores_almost_as_much_as_the_positive_is_no_negative(small):
    assert ask(small, margin=0.8) == ["far"]
    assert ask(small, margin=2) == ["near", "far"]


def test_a_teacher_may_decide_instead(small, tmp_path):
    path = tmp_path / "scores.tsv"
    path.write_text("q\tanswer\t1.0\nq\talso\t1.0\nq\tnear\t0.1\nq\tfar\t0.99\nq\ttwin\t0\n")
    teacher = open_teacher(FileSettings(path=path, partial=True), tmp_path)
    assert ask(small, teacher, margin=0.95) == ["near"]


def test_without_a_margin_a_teacher_only_scores(small, tmp_path):
    path = tmp_path / "scores.tsv"
    path.write_text("q\tanswer\t1.0\nq\talso\t1.0\nq\tnear\t0.1\nq\tfar\t0.99\nq\ttwin\t0\n")
    teacher = open_teacher(FileSettings(path=path, partial=True), tmp_path)
    assert ask(small, teacher, margin=None) == ["near", "far"]
    assert ask(small, teacher, margin=None, window=(1, 1)) == ["near"]


def test_a_margin_lies_below_the_positive_also_where_scores_are_negative(small, tmp_path):
    path = tmp_path / "logits.tsv"
    path.write_text("q\tanswer\t-2.0\nq\talso\t-2.0\nq\tnear\t-1.95\nq\tfar\t-2.5\nq\ttwin\t-2.5\n")
    teacher = open_teacher(FileSettings(path=path, partial=True), tmp_path)
    assert ask(small, teacher, margin=0.95) == ["far"]
    assert ask(small, teacher, margin=1.05) == ["near", "far"]


def test_what_a_teacher_does_not_know_decides_nothing(small, tmp_path):
    path = tmp_path / "scores.tsv"
    path.write_text("q\tnear\t0.1\nq\tfar\t0.99\n")
    teacher = open_teacher(FileSettings(path=path, partial=True), tmp_path)
    assert ask(small, teacher) == ["near", "far"]  # the positive is unknown: no measure
    path.write_text("q\tanswer\t1.0\nq\tfar\t0.1\n")
    teacher = open_teacher(FileSettings(path=path, partial=True), tmp_path)
    assert ask(small, teacher) == ["far"]  # nothing says that near is no answer


def test_samples_are_of_the_window_in_order_and_the_query_alone_decides_them():
    documents = {f"d{n}": "cat " + "dog " * n for n in range(40)}
    examples = [Example(query, "d0") for query in ("a", "b")]
    source = Source("s", 1.0, {"a": "cat", "b": "cat dog"}, documents, examples, positives(examples))
    encoder = SparseEncoder.from_pretrained("bm25")
    wanted = Mining((5, 30), 7, None)
    both = {found.query_id: found for found in mine(source, encoder, wanted, silent)}
    alone = Source("s", 1.0, source.queries, documents, examples[1:], positives(examples[1:]))
    [again] = mine(alone, encoder, wanted, silent)
    assert again == both["b"]
    assert len(again.negatives) == 7
    assert (np.diff(again.scores) <= 0).all()
    assert set(both["a"].negatives) <= set(documents) - {"d0"}


def test_commands_go_from_pairs_to_negatives_to_scores(lsr, pairs, tmp_path):
    negatives, scores = tmp_path / "negatives.jsonl", tmp_path / "scores.jsonl"
    code, out, _ = lsr("mine", pairs, "-o", negatives, "--margin", "0", "--count", "3", "--json")
    assert (code, json.loads(out)["queries"]) == (0, 30)
    [source] = open_sources([PairsSettings(path=pairs, negatives=negatives)])
    assert all(1 <= len(example.negatives) <= 3 for example in source.examples)
    assert all(example.positive not in example.negatives for example in source.examples)
    arguments = ("score", pairs, "--negatives", negatives, "--teacher", "bm25", "--cache", tmp_path / "cache")
    code, out, _ = lsr(*arguments, "-o", scores, "--json")
    assert (code, json.loads(out)["pairs"]) == (0, sum(1 + len(example.negatives) for example in source.examples))
    teacher = open_teacher(FileSettings(path=scores), tmp_path)
    teacher.prepare([source], silent)  # covers all of it
    assert mined.read(negatives).keys() == set(source.queries)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("mine", "PAIRS", "-o", "OUT", "--window", "9:2"), "the window 9:2 has no ranks"),
        (("mine", "PAIRS", "-o", "OUT", "--window", "all"), "the window is 'all'; give the first and the last rank"),
        (("mine", "PAIRS", "-o", "PAIRS"), "exists; choose another name, or add --overwrite"),
        (("mine", "nothing.jsonl", "-o", "OUT"), "nothing.jsonl does not exist"),
        (("score", "PAIRS", "-o", "OUT", "--teacher", "gpt:4"), "the teacher is 'gpt:4'; write bm25, or one of dense"),
        (("score", "PAIRS", "-o", "OUT", "--teacher", "file:PAIRS"), "score"),
    ],
)
def test_wrong_use_is_one_line_and_writes_nothing(lsr, pairs, tmp_path, arguments, told):
    before = pairs.read_bytes()
    places = {"PAIRS": str(pairs), "OUT": str(tmp_path / "out.jsonl"), "file:PAIRS": f"file:{pairs}"}
    code, _, error = lsr(*(places.get(argument, argument) for argument in arguments))
    assert code == 1
    assert told in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out.jsonl").exists()
    assert pairs.read_bytes() == before


def test_teachers_are_named_by_kind():
    assert named("bm25") == Bm25Settings()
    assert named("dense:minilm") == DenseSettings(model="minilm")
    with pytest.raises(InputError, match="write bm25"):
        named("dense:")
