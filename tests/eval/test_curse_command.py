"""`lsr eval curse`, from folders to a page."""

import json
import subprocess
import sys

import pytest

from lsr_eval import datasets
from tests.eval.conftest import DOCUMENTS, write_beir

SIZES = ("--systems", "bm25", "--sizes", "5,all")


@pytest.fixture
def curse(lsr):
    """Run the verb in this process: `curse(*arguments) -> (exit code, stdout, stderr)`."""
    return lambda *arguments: lsr("eval", "curse", *arguments)


@pytest.fixture
def other(tmp_path):
    return write_beir(tmp_path / "other", {"q": "moon"}, {"dev.tsv": "q\td2\t1\n"}, {"d2": ("", "A moon of its own.")})


def test_from_folders_to_a_page(curse, beir, other, tmp_path):
    out = tmp_path / "results" / "curse"
    code, printed, told = curse(beir, other, *SIZES, "--note", "So it is.", "--json", "-o", out)
    assert code == 0, told
    assert "3 queries, 4 judged documents, 3 distractors" in told
    found = json.loads(printed)
    assert [(cell["system"], cell["size"]) for cell in found["cells"]] == [("bm25", 5), ("bm25", 7)]
    assert found["cells"][1]["RR@10"] == pytest.approx(2 / 3)
    assert found["configuration"]["sizes"] == [5, 7]
    assert found["configuration"]["versions"].keys() >= {"lsr", "python", "numpy"}
    assert sorted(path.name for path in out.iterdir()) == [
        "curse.csv", "curse.json", "curse.md", "curse.parquet", "curse.png",
    ]  # fmt: skip
    assert json.loads((out / "curse.json").read_text()) == found
    assert (out / "curse.md").read_text().endswith("So it is.\n")


def test_among_random_strings(curse, beir):
    code, printed, told = curse(beir, "--systems", "bm25", "--sizes", "4,9", "--distractors", "strings", "--json")
    assert code == 0, told
    found = json.loads(printed)
    assert (found["distractors"], found["distractors_available"]) == ("strings", 5)
    assert [cell["RR@10"] for cell in found["cells"]] == pytest.approx([2 / 3, 2 / 3])


def test_tables_for_people(curse, beir):
    code, printed, _ = curse(f"{beir}@dev", "--systems", "bm25")
    assert code == 0
    assert "| bm25 | 1.0000 |" in printed  # one size: all
    assert datasets.load(str(beir), "dev").queries.keys() == {"q4"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--sizes", "3"), "an index of 3 has no room for the 4 documents"),
        (("--sizes", "5,70"), "an index of 70 needs 66 distractors and there are 2"),
        (("--sizes", "ten"), "the size 'ten' is no number of documents"),
        (("--systems", "bm25+if"), "bm25 has no network to free its queries of"),
        (("--systems", "a b c"), "unknown model 'a b c'"),
        (("--systems", "dense:a b c"), "unknown model 'a b c'"),
        (("--equal-bytes", "int4"), "dense vectors are not kept as 'int4'"),
        (("--distractors", "strings"), "there is no end of random strings"),
        (("--distractors", "strings", "--sizes", "3"), "an index of 3 has no room for the 4 documents"),
        (("--measures", "mrr@10"), "unknown measure 'mrr@10'"),
    ],
)
def test_wrong_use_is_one_line_and_leaves_nothing(curse, beir, tmp_path, arguments, message):
    given = ("--systems", "bm25", *arguments) if "--systems" not in arguments else arguments
    code, printed, told = curse(beir, *given, "-o", tmp_path / "results" / "curse")
    assert (code, printed) == (1, "")
    lines = [line for line in told.splitlines() if line.startswith("lsr: error: ")]
    assert len(lines) == 1
    assert message in lines[0]
    assert not list((tmp_path / "results").glob("*"))


def test_a_corpus_where_strings_are_the_distractors(curse, beir, other):
    code, _, told = curse(beir, other, "--systems", "bm25", "--sizes", "9", "--distractors", "strings")
    assert code == 1
    assert "gives no distractors where these are strings" in told


def test_no_distractors(curse, tmp_path):
    documents = {"d1": DOCUMENTS["d1"]}
    folder = write_beir(tmp_path / "x", {"q": "dough"}, {"test.tsv": "q\td1\t1\n"}, documents)
    code, _, told = curse(folder, "--systems", "bm25")
    assert code == 1
    assert "no distractors are left beside the 1 documents judged for the queries" in told


def test_bm25_needs_no_torch(beir):
    code = (
        "import sys; sys.modules['torch'] = None; sys.argv[1:1] = ['eval', 'curse']; from lsr.cli import main; main()"
    )
    command = [sys.executable, "-c", code, str(beir), *SIZES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
