import pytest

from lsr.corpus import qrels
from lsr_index.errors import InputError


def read(tmp_path, text):
    path = tmp_path / "test.tsv"
    path.write_text(text)
    return qrels.read(path)


def test_beir_columns(tmp_path):
    assert read(tmp_path, "query-id\tcorpus-id\tscore\nq 1\td1\t2\nq 1\td2\t0\nq2\td1\t1\n") == {
        "q 1": {"d1": 2, "d2": 0},
        "q2": {"d1": 1},
    }


def test_beir_columns_without_header(tmp_path):
    assert read(tmp_path, "q1\td1\t2\n") == {"q1": {"d1": 2}}


@pytest.mark.parametrize("gap", [" ", "\t", "   "])
def test_trec_columns(tmp_path, gap):
    assert read(tmp_path, gap.join(["q1", "0", "d1", "-1"]) + "\n\n") == {"q1": {"d1": -1}}


def test_a_repeated_judgement_counts_once(tmp_path):
    assert read(tmp_path, "q1\td1\t1\nq1\td1\t1\n") == {"q1": {"d1": 1}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("query-id\tcorpus-id\tscore\nq1\td1\n", r"test\.tsv:2: 2 columns"),
        ("q1\td1\t1\nq1 0 d2 1\n", r"test\.tsv:2: 4 columns"),
        ("q1\td1\thigh\n", r"test\.tsv:1: the grade is 'high'"),
        ("q1\td1\t1.5\n", r"test\.tsv:1: the grade is '1\.5'"),
        ("q1\t\t1\n", r"test\.tsv:1: an id is empty"),
        ("q1\td1\t1\nq1\td1\t2\n", r"test\.tsv:2: .* judged 1 before and 2 here"),
        ("query-id\tcorpus-id\tscore\n", r"test\.tsv has no judgements"),
        ("", r"test\.tsv has no judgements"),
    ],
)
def test_malformed_files_are_named_with_their_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, text)
