import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsr_eval import runs
from lsr_index.errors import InputError

RUN = """\
q1 Q0 d3 1 3.0 lsr
q1 Q0 d1 2 2.0 lsr
q1 Q0 d2 3 1.0 lsr
q2 Q0 d9 1 2.0 lsr
q2 Q0 d4 2 1.0 lsr
"""
ids = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: text.split() == [text])
scores = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.dictionaries(ids, st.dictionaries(ids, scores, min_size=1), min_size=1))
def test_what_was_written_is_read(tmp_path_factory, run):
    path = tmp_path_factory.mktemp("runs") / "run.trec"
    runs.write(path, run)
    assert runs.read(path) == run


@given(scores)
def test_float32_scores_are_exact(tmp_path_factory, score):
    path = tmp_path_factory.mktemp("runs") / "run.trec"
    single = np.float32(score)
    runs.write(path, {"q": {"d": float(single)}})
    assert np.float32(runs.read(path)["q"]["d"]) == single


def test_the_lines_are_trecs(tmp_path):
    path = tmp_path / "run.trec"
    runs.write(path, {"q1": {"d3": 3.0, "d1": 2.0, "d2": 1.0}, "q0": {}, "q2": {"d9": 2.0, "d4": 1}})
    assert path.read_text() == RUN


def test_scores_decide_the_order(tmp_path):
    path = tmp_path / "run.trec"
    path.write_text("q1 Q0 d1 1 0.5 x\nq1 Q0 d2 2 0.7 x\nq1 Q0 d3 3 0.5 x\n")
    assert list(runs.read(path)["q1"]) == ["d2", "d1", "d3"]


@pytest.mark.parametrize("bad", ["a b", "a\tb", "", " a", "a\u00a0b", "a\n"])
def test_ids_that_would_break_the_columns_are_refused(tmp_path, bad):
    with pytest.raises(InputError, match=r"query id .* white space"):
        runs.write(tmp_path / "run.trec", {bad: {"d": 1.0}})
    with pytest.raises(InputError, match=r"document id .* white space"):
        runs.write(tmp_path / "run.trec", {"q": {bad: 1.0}})
    with pytest.raises(InputError, match=r"tag .* white space"):
        runs.write(tmp_path / "run.trec", {"q": {"d": 1.0}}, tag=bad)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("q1 Q0 d1 1 0.5\n", r"run\.trec:1: 5 columns"),
        ("q1 Q0 d1 1 0.5 x\n\nq1 Q0 d 2 1 0.5 x\n", r"run\.trec:3: 7 columns"),
        ("q1 Q0 d1 0.5 1 x\n", r"run\.trec:1: the rank is '0\.5'"),
        ("q1 Q0 d1 1 high x\n", r"run\.trec:1: the score is 'high'"),
        ("q1 Q0 d1 1 nan x\n", r"run\.trec:1: the score is 'nan'"),
        ("q1 Q0 d1 1 0.5 x\nq1 Q0 d1 2 0.4 x\n", r"run\.trec:2: document 'd1' occurs twice"),
        ("\n", r"run\.trec has no results"),
    ],
)
def test_malformed_files_are_named_with_their_line(tmp_path, text, message):
    path = tmp_path / "run.trec"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        runs.read(path)


def test_a_run_of_other_queries_is_refused_and_an_empty_one_is_not():
    runs.check_queries({"q1": {}, "x": {}}, {"q1": {}}, "run.trec")
    runs.check_queries({}, {"q1": {}}, "run.trec")
    with pytest.raises(
        InputError, match=r"run\.trec: none of its 2 queries is judged: its first is 'x', the judgements' 'q1'; name"
    ):
        runs.check_queries({"x": {}, "y": {}}, {"q1": {}}, "run.trec")


def test_without_self():
    assert runs.without_self({"a": {"a": 2.0, "b": 1.0}, "b": {"a": 1.0}}) == {"a": {"b": 1.0}, "b": {"a": 1.0}}
