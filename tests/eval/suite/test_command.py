"""`lsr eval suite`, and `lsr eval FILE.yaml`."""

import json

import yaml


def test_a_suite_from_file_to_report(suite, tmp_path, lsr):
    path = tmp_path / "suite.yaml"
    path.write_text(yaml.safe_dump(suite().model_dump(mode="json", exclude_unset=True)))
    code, out, err = lsr("eval", path, "-o", tmp_path / "report", "--json")
    assert code == 0, err
    assert json.loads(out)["datasets"][0]["label"] == "bread"
    assert "bread: bm25 nDCG@10" in err
    assert {"report.md", "report.html", "report.json", "work"} <= {one.name for one in (tmp_path / "report").iterdir()}


def test_a_misspelt_suite_is_one_line(tmp_path, lsr):
    path = tmp_path / "suite.yaml"
    path.write_text("datasets: [a]\nsystem: [bm25]\n")
    code, out, err = lsr("eval", path, "-o", tmp_path / "report")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "system" in err
