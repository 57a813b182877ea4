import json
import sys

import pytest

from lsr import LsrError, cli
from lsr_eval.encode_bench.report import Report, mean_tokens
from lsr_eval.encode_bench.run import measure
from lsr_eval.side_by_side import Setting

TEXTS = ["the cat sat on the mat", "dogs ran far", "the dog"]


def test_both_encode_the_same_and_are_measured(tiny_model):
    rows = measure(TEXTS, ["lsr", "sentence-transformers"], Setting(tiny_model, 16, "float32", 1), rounds=2)
    assert [row.encoder for row in rows] == ["lsr", "sentence-transformers"]
    assert rows[0].difference < 1e-5
    assert rows[1].difference == 0
    assert rows[1].ratio == 1
    assert rows[0].nonzeros == rows[1].nonzeros > 0
    assert all(row.documents_per_second > 0 and row.ratio > 0 for row in rows)
    report = Report("lsr bench encode", "tiny", "three", 3, mean_tokens(tiny_model, TEXTS, 16), 16, 1, 2, rows)
    assert report.tokens == pytest.approx((8 + 6 + 4) / 3)
    assert "| lsr | float32 |" in report.markdown()
    assert json.loads(json.dumps(report.to_dict()))["rows"][1]["ratio"] == 1


def test_a_failing_encoder_is_named(tmp_path):
    with pytest.raises(LsrError, match=r"^lsr failed: ModelError: "):
        measure(TEXTS, ["lsr"], Setting(tmp_path, 16, "float32", 1), rounds=1)


@pytest.mark.parametrize("arguments", [["--precision", "int8"], ["--model", "bm25"]])
def test_impossible_comparisons(arguments, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["lsr", "bench", "encode", *arguments])
    with pytest.raises(SystemExit) as exit_:
        cli.main()
    assert exit_.value.code == 2
    assert arguments[1] in capsys.readouterr().err
