import json
import subprocess
import sys
from pathlib import Path

import ir_measures
import pytest

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "scifact"


def lsr(*arguments):
    command = [sys.executable, "-m", "lsr.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_a_model_from_corpus_to_figures(beir, tmp_path):
    out = tmp_path / "results" / "bm25"
    done = lsr("eval", beir, "--model", "bm25", "--json", "-o", out)
    assert done.returncode == 0, done.stderr
    assert "split test: 3 judged queries" in done.stderr
    report = json.loads(done.stdout)
    assert report["measures"]["R@100"] == pytest.approx(2 / 3)
    assert report["latency"]["count"] == 3
    assert report["documents_per_second"] > 0
    assert sorted(path.name for path in out.iterdir()) == [
        "config.json", "index", "measures.json", "per_query.tsv", "run.trec",
    ]  # fmt: skip
    written = json.loads((out / "measures.json").read_text())
    configuration = json.loads((out / "config.json").read_text())
    assert written == {**report, "configuration": configuration}
    assert (configuration["model"], configuration["k"], configuration["split"]) == ("bm25", 1000, "test")
    assert configuration["versions"].keys() >= {"lsr", "python", "numpy", "ir-measures"}
    assert (out / "per_query.tsv").read_text().splitlines()[0] == "query-id\tnDCG@10\tRR@10\tR@100"

    judged = {"q1": {"d1": 2, "d6": 1}, "q2": {"d2": 1}, "q3": {"d5": 1}}
    names = [ir_measures.parse_measure(name) for name in report["measures"]]
    reference = ir_measures.calc_aggregate(names, judged, ir_measures.read_trec_run(str(out / "run.trec")))
    assert report["measures"] == pytest.approx({str(name): value for name, value in reference.items()}, rel=1e-14)

    for source in (["--index", out / "index"], ["--run", out / "run.trec"]):
        again = lsr("eval", beir, "--json", *source)
        assert json.loads(again.stdout)["measures"] == report["measures"], again.stderr

    refused = lsr("eval", beir, "--run", out / "run.trec", "-o", out)
    assert refused.returncode == 1
    assert "is not an empty folder" in refused.stderr
    assert [path.name for path in out.parent.iterdir()] == ["bm25"]


def test_a_table_for_people(beir, tmp_path):
    (tmp_path / "run.trec").write_text("q4 Q0 d4 1 2.0 x\n")
    done = lsr("eval", beir, "--run", tmp_path / "run.trec", "--split", "dev", "--measures", "RR@10,P@1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "RR@10    1.0000" in done.stdout
    assert "P@1      1.0000" in done.stdout


def test_a_run_of_another_dataset(beir, tmp_path):
    (tmp_path / "run.trec").write_text("PLAIN-1 Q0 MED-1 1 2.0 x\n")
    done = lsr("eval", beir, "--run", tmp_path / "run.trec", "--split", "dev")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "none of its 1 queries is judged: its first is 'PLAIN-1', the judgements' 'q4'" in done.stderr


def test_documents_of_another_corpus_are_measured_with_a_note(beir, tmp_path):
    (tmp_path / "run.trec").write_text("q4 Q0 MED-1 1 2.0 x\n")
    done = lsr("eval", beir, "--run", tmp_path / "run.trec", "--split", "dev", "--json")
    assert json.loads(done.stdout)["measures"] == {"nDCG@10": 0, "RR@10": 0, "R@100": 0}
    assert "none of the documents found was ever judged: the run has ids like 'MED-1'" in done.stderr
    assert "the judgements like 'd4'" in done.stderr


def test_published_figures_stand_beside(beir, tmp_path):
    (tmp_path / "run.trec").write_text("q1 Q0 d1 1 2.0 x\n")
    folder = beir.rename(tmp_path / "scifact")
    asked = ["eval", folder, "--run", tmp_path / "run.trec", "--published"]
    assert "published  nDCG@10  0.7140  SPLADE-v3  [castorini/anserini@" in lsr(*asked).stdout
    report = json.loads(lsr(*asked, "--json").stdout)
    assert {row["measure"] for row in report["published"]} == {"nDCG@10", "R@100"}
    (tmp_path / "run.trec").write_text("q4 Q0 d4 1 2.0 x\n")
    done = lsr(*asked, "--split", "dev")
    assert done.stderr == f"no published figures of {folder} (dev) are known for these measures\n"


def test_a_failure_leaves_no_folder(beir, tmp_path):
    (tmp_path / "run.trec").write_text("q4 Q0 d4 1 2.0\n")
    done = lsr("eval", beir, "--run", tmp_path / "run.trec", "-o", tmp_path / "results" / "x")
    assert (done.returncode, done.stdout) == (1, "")
    assert list((tmp_path / "results").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "exactly one of --model, --index and --run; found none of them"),
        (["--model", "bm25", "--run", "x"], 2, "found --model and --run"),
        (["--model", "bm25", "--query-vectors", "x"], 2, "--query-vectors needs --index"),
        (["--run", "x", "--inference-free"], 2, "--inference-free needs --model"),
        (["--model", "bm25", "--inference-free"], 2, "bm25 has none"),
        (["--run", "x", "--measures", "ndcg@10"], 1, "did you mean nDCG@10"),
        (["--run", "missing.trec"], 1, "missing.trec does not exist"),
    ],
)
def test_wrong_use_is_named(beir, arguments, code, message):
    done = lsr("eval", beir, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_dataset_is_one_line():
    done = lsr("eval", "no/such-thing", "--model", "bm25")
    assert done.returncode == 1
    assert done.stderr.startswith("lsr: error: unknown corpus or dataset 'no/such-thing'")
    assert done.stderr.count("\n") == 1


def test_an_id_with_white_space_is_refused_before_the_work(tmp_path):
    from tests.eval.conftest import write_beir

    folder = write_beir(tmp_path / "x", {"q 1": "tides"}, {"test.tsv": "q 1\td2\t1\n"})
    done = lsr("eval", folder, "--model", "bm25", "-o", tmp_path / "out")
    assert "the query id 'q 1' is empty or has white space" in done.stderr
    assert lsr("eval", folder, "--model", "bm25").returncode == 0  # no run is written


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="the scifact folder is not beside the project")
def test_bm25_on_scifact():
    done = lsr("eval", DATA, "--model", "bm25", "--json")
    assert json.loads(done.stdout)["measures"]["nDCG@10"] == pytest.approx(0.676, abs=0.01)
