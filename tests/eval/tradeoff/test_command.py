"""`lsr eval tradeoff` from the command line to an index."""

import json

import pytest

from lsr import SparseIndex
from tests.lsr.conftest import failure

SMALL = ["--rounds", "1", "--top-k", "3,all", "--overestimate", "1,1.5"]


def test_a_model_is_swept_kept_chosen_and_written(beir, tmp_path, lsr):
    out, new = tmp_path / "sweep", tmp_path / "new"
    arguments = ["eval", "tradeoff", beir, "--model", "bm25", "-o", out, "--json", *SMALL]
    code, text, told = lsr(*arguments)
    assert code == 0, told
    assert "4 settings\n" in told
    report = json.loads(text)
    assert [one["name"] for one in report["points"]] == ["whole", "over1.5", "top3", "top3-over1.5"]
    assert report["measures"] == ["nDCG@10", "RR@10"]  # R@100 looks deeper than ten hits
    assert sorted(path.name for path in out.iterdir()) == [
        "index", "points", "sweep.json", "tradeoff.json", "tradeoff.md", "tradeoff.png", "tradeoff.svg",
    ]  # fmt: skip

    code, text, told = lsr(*arguments, "--choose", "top3-over1.5", "--write", new)
    assert code == 0, told
    assert "4 settings, 4 of them measured before" in told
    assert json.loads(text)["points"] == report["points"]
    assert f"{new} is set to top3-over1.5: search it with --mode approximate" in told
    assert SparseIndex.open(new).manifest.postings == 18
    code, text, _ = lsr("search", "-i", new, "yeast dough", "--mode", "approximate", "--json")
    assert code == 0
    assert '"d6"' in text

    _, _, told = lsr(*arguments, "--exact", "none,16", "--choose", "nDCG@10>=50%")
    assert "8 settings, 4 of them measured before" in told


def test_an_index_is_swept_and_tuned(beir, tmp_path, lsr):
    index = tmp_path / "idx"
    assert lsr("index", beir, "-o", index, "--model", "bm25")[0] == 0
    arguments = ["eval", "tradeoff", beir, "--index", index, *SMALL]
    code, text, told = lsr(*arguments, "--choose", "over1.5", "--write", index)
    assert code == 0, told
    assert "| over1.5" in text
    assert (SparseIndex.open(index).manifest.tuned or {})["overestimate"] == 1.5
    assert "keeps 8-bit impacts only, --exact asks for 16" in failure(lsr(*arguments, "--exact", "16"))


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "one of --model and --index"),
        (["--model", "bm25", "--index", "x"], 2, "one of --model and --index"),
        (["--model", "bm25", "--write", "x"], 2, "--write needs --choose"),
        (["--model", "bm25", "--query-vectors", "x"], 2, "--query-vectors needs --index"),
        (["--model", "bm25", "--inference-free"], 2, "--inference-free changes the query side"),
        (["--index", "x", "--max-length", "9"], 2, "how texts are read is for --model"),
        (["--model", "bm25", "--top-k", "9,some"], 2, "--top-k '9,some' is no list of numbers"),
        (["--model", "bm25", "--threshold", "2"], 1, "threshold is 2.0"),
        (["--model", "bm25", "--choose", "top7"], 1, "there is no point 'top7'"),
        (["--model", "bm25", "--measures", "R@100"], 1, "R@100 looks deeper than the 10 hits"),
        (["--index", "missing"], 1, "missing does not exist"),
    ],
)
def test_wrong_use_is_named(beir, lsr, arguments, code, message):
    found, out, told = lsr("eval", "tradeoff", beir, *arguments)
    assert (found, out) == (code, "")
    assert message in " ".join(told.replace("│", " ").split())


def test_a_folder_of_something_else_is_left_alone(beir, tmp_path, lsr):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").write_text("mine")
    arguments = ["eval", "tradeoff", beir, "--model", "bm25", *SMALL]
    assert "exists and holds no sweep" in failure(lsr(*arguments, "-o", tmp_path / "full"))
    assert "exists and is not an index" in failure(lsr(*arguments, "--choose", "whole", "--write", tmp_path / "full"))
    note = tmp_path / "full" / "note"
    assert "exists and is not an index" in failure(lsr(*arguments, "--choose", "whole", "--write", note))
    (tmp_path / "full" / "sweep.json").write_text('{"dataset": "other"}')
    assert "holds a sweep with another dataset, split, corpus" in failure(lsr(*arguments, "-o", tmp_path / "full"))
