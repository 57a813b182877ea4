import json
import sys

import pytest

from lsr import LsrError, cli
from lsr_eval.side_by_side import Setting
from lsr_eval.train_bench.report import Report
from lsr_eval.train_bench.run import measure

BATCHES = [[("cat mat", "the cat sat on the mat"), ("dogs", "dogs ran far"), ("dog", "the dog")]] * 2


def test_both_take_the_same_steps_and_are_measured(tiny_model):
    rows = measure(BATCHES, ["lsr", "sentence-transformers"], Setting(tiny_model, 16, "float32", 1), rounds=2)
    assert [row.trainer for row in rows] == ["lsr", "sentence-transformers"]
    assert rows[0].first_loss == pytest.approx(rows[1].first_loss, rel=1e-4)
    assert rows[0].last_loss == pytest.approx(rows[1].last_loss, rel=1e-3)
    assert rows[1].ratio == 1
    assert all(row.steps_per_second > 0 and row.ratio > 0 for row in rows)
    report = Report("lsr bench train", "tiny", "three", 3, 2, 16, 1, 2, rows)
    assert "| lsr | float32 |" in report.markdown()
    assert json.loads(json.dumps(report.to_dict()))["rows"][1]["ratio"] == 1


def test_a_failing_trainer_is_named(tmp_path):
    with pytest.raises(LsrError, match=r"^lsr failed: "):
        measure(BATCHES, ["lsr"], Setting(tmp_path, 16, "float32", 1), rounds=1)


def test_too_few_pairs(tmp_path, monkeypatch, capsys):
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps({"query_id": "q", "doc_id": "d", "query": "cat", "text": "mat"}) + "\n")
    monkeypatch.setattr(sys, "argv", ["lsr", "bench", "train", str(path)])
    with pytest.raises(SystemExit):
        cli.main()
    assert "has 1 pairs; 4 steps of 16 need 64" in capsys.readouterr().err
