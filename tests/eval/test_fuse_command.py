import json
import sys

import pytest

from lsr import cli
from lsr_eval import runs

BM25 = "q4 Q0 d4 1 9.0 x\nq4 Q0 d1 2 8.0 x\nq4 Q0 d2 3 1.0 x\n"
DENSE = "q4 Q0 d1 1 0.9 x\nq4 Q0 d4 2 0.8 x\nq4 Q0 d3 3 0.1 x\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "bm25.trec").write_text(BM25)
    (tmp_path / "dense.trec").write_text(DENSE)
    return [tmp_path / "bm25.trec", tmp_path / "dense.trec"]


@pytest.fixture
def fuse(monkeypatch, capsys, tmp_path):
    """Call `lsr eval fuse … -o FUSED`; returns the exit code, both outputs and the file."""

    def call(*arguments):
        out = tmp_path / "fused.trec"
        monkeypatch.setattr(sys, "argv", ["lsr", "eval", "fuse", *map(str, arguments), "-o", str(out)])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        told = capsys.readouterr()
        return stopped.value.code or 0, told.out, told.err, out

    return call


def test_ranks_are_fused(fuse, files):
    code, told, error, out = fuse(*files)
    assert (code, error) == (0, "")
    assert told == f"{out}: 1 queries, rrf with k 60\n"
    assert list(runs.read(out)["q4"]) == ["d1", "d4", "d2", "d3"]
    assert out.read_text().splitlines()[0].startswith("q4 Q0 d1 1 0.0325")
    assert out.read_text().splitlines()[0].endswith(" lsr-rrf")
    assert [path.name for path in sorted(out.parent.iterdir())] == ["bm25.trec", "dense.trec", "fused.trec"]

    code, told, error, _ = fuse(*files)
    assert (code, told) == (1, "")
    assert error == f"lsr: error: {out} exists; choose another name with -o, or add --overwrite\n"
    assert fuse(*files, "--overwrite", "-k", "1")[0] == 0
    assert list(runs.read(out)["q4"]) == ["d1"]


def test_scores_are_fused(fuse, files):
    code, told, error, out = fuse(*files, "--method", "minmax", "--weights", "1,3", "--json")
    assert (code, error) == (0, "")
    facts = json.loads(told)
    assert (facts["method"], facts["weights"], facts["queries"], facts["tuned"]) == ("minmax", [1, 3], 1, None)
    # d1: 1/4 x 7/8 + 3/4; d4: 1/4 + 3/4 x 7/8
    assert runs.read(out)["q4"] == pytest.approx({"d1": 31 / 32, "d4": 29 / 32, "d3": 0, "d2": 0}, abs=1e-6)


def test_the_weight_is_found_on_a_dataset(fuse, files, beir):
    code, told, error, _ = fuse(*files, "--method", "minmax", "--tune", beir, "--measure", "RR@10", "--json")
    assert code == 0
    assert "the fused run looks too good" in error
    facts = json.loads(told)
    tuned = facts["tuned"]
    assert (tuned["dataset"], tuned["split"], tuned["measure"], tuned["value"]) == (str(beir), "dev", "RR@10", 1)
    assert len(tuned["curve"]) == 21
    assert facts["weights"] == tuned["weights"] == [pytest.approx(0.55), pytest.approx(0.45)]
    files[0].write_text(BM25 + "other Q0 d1 1 1.0 x\n")
    code, told, error, _ = fuse(*files, "--method", "minmax", "--tune", beir, "--overwrite")
    assert (code, error) == (0, "")
    assert f"2 queries, minmax with weights 0.55, 0.45 (nDCG@10 1.0000 on {beir}, dev)" in told


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--weights", "1,1"], 2, "--weights is for weighted scores, and rrf has no weights"),
        (["--tune", "x"], 2, "--tune is for weighted scores"),
        (["--method", "z", "--weights", "1,1", "--tune", "x"], 2, "leave out --weights"),
        (["--method", "z", "--weights", "a half"], 2, "--weights is 'a half'; write one number a run"),
        (["--method", "z", "--weights", ""], 2, "--weights is ''; write one number a run"),
        (["--method", "z", "--weights", "1,2,3"], 1, "lsr: error: 3 weights for 2 runs; give each run one"),
        (["--method", "z", "--weights", "1,nan"], 1, "lsr: error: a weight is nan"),
        (["--rrf-k", "-1"], 1, "lsr: error: k is -1.0, it must be a number from 0"),
    ],
)
def test_wrong_use_is_named(fuse, files, arguments, code, message):
    found, told, error, out = fuse(*files, *arguments)
    assert (found, told) == (code, "")
    assert message in " ".join(error.replace("│", " ").split())
    assert not out.exists()


def test_runs_that_cannot_be_fused(fuse, files, beir):
    assert "one run alone cannot be fused" in fuse(files[0])[2]
    assert "found 3 runs" in fuse(*files, files[0], "--method", "z", "--tune", beir)[2]
    code, _, error, out = fuse(*files, "--method", "z", "--tune", beir, "--split", "test")
    assert code == 1
    assert "the first run: none of its 1 queries is judged: its first is 'q4', the judgements' 'q1'" in error
    code, _, error, _ = fuse(*files, "--method", "z", "--tune", beir, "--measure", "nDCG@10 RR@10")
    assert code == 2
    assert "by one measure only" in error
    files[1].write_text("q5 Q0 d1 1 1.0 x\n")
    assert "have no query in common; fuse runs of the same queries" in fuse(*files)[2]
    files[1].write_text("q4 Q0 d1 1 nan x\n")
    assert "dense.trec:1: the score is 'nan'" in fuse(*files)[2]
    assert not out.exists()
