import json
import sys

import pytest

from lsr import cli


@pytest.fixture
def lsr(monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["lsr", "bench", "engine", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        captured = capsys.readouterr()
        return exit_.value.code or 0, captured.out, captured.err

    return run


def test_from_vectors_to_files(lsr, tmp_path):
    arguments = ["--docs", 300, "--query-count", 5, "--rounds", 1, "--engines", "lsr,scan", "-k", "10,50"]
    code, out, _ = lsr(*arguments, "--json", "-o", tmp_path / "out")
    report = json.loads(out)
    assert code == 0
    assert [(row["engine"], row["k"]) for row in report["rows"]] == [
        ("lsr", 10),
        ("lsr", 50),
        ("scan", 10),
        ("scan", 50),
    ]
    assert all(row["recall"] > 0.95 and row["build_seconds"] > 0 for row in report["rows"])
    assert report["command"].startswith("lsr bench engine --docs 300")
    assert (report["documents"], report["queries"], report["reference"]) == (300, 5, "lsr")
    assert json.loads((tmp_path / "out/engine.json").read_text()) == report
    (costs,) = report["costs"]
    assert (costs["engine"], costs["failure"]) == ("lsr", None)
    assert costs["stream_seconds"] > 0
    assert costs["first_seconds"] > costs["open_ms"] / 1000 > 0
    assert [threads["k"] for threads in costs["threads"]] == [10, 50]
    assert all(threads["queries"] >= 5 and threads["one"] > 0 < threads["two"] for threads in costs["threads"])
    assert "| lsr " in (tmp_path / "out/engine.md").read_text()


def test_filters(lsr):
    options = ["--docs", 300, "--query-count", 3, "--rounds", 1, "--engines", "scan", "--no-costs", "-k", "5"]
    code, out, _ = lsr(*options, "--filter-shares", "0.5,0.01", "--json")
    report = json.loads(out)
    assert (code, report["costs"]) == (0, [])
    assert [(one["share"], one["k"]) for one in report["filtered"]] == [(0.5, 5), (0.01, 5)]
    assert all(min(one["first"], one["ms"], one["unfiltered"], one["after"]) > 0 for one in report["filtered"])


def test_use_errors(lsr, tmp_path):
    for arguments, code, message in (
        (["--vectors", "x.parquet"], 2, "come together"),
        (["-k", "ten"], 2, "no list of numbers"),
        (["-k", "0,10"], 2, "at least 1"),
        (["--filter-shares", "half"], 2, "no list of numbers"),
        (["--filter-shares", "0.5,0"], 2, "above 0 and at most 1"),
        (["--engines", "lucene"], 1, "unknown engine 'lucene'"),
        (["--vectors", tmp_path / "x.npz", "--queries", tmp_path / "y.npz", "--engines", "scan"], 1, "does not exist"),
    ):
        found, _, err = lsr(*arguments)
        assert found == code
        assert message in " ".join(err.split())
