"""What is told of a sweep."""

import json

import pytest

from lsr_eval.tradeoff.report import Report, write
from tests.eval.tradeoff.conftest import point

POINTS = (
    point(0.6, 1.0, 300),
    point(0.5, 0.5, 400, overestimate=1.5),
    point(0.4, 2.0, 200, top_k=2),
    point(0.1, 3, 500, top_k=1),
)


@pytest.fixture
def report():
    return Report("lsr eval tradeoff x", "x", "test", "bm25", ("nDCG@10",), 10, 3, POINTS)


def test_fronts_are_marked(report):
    assert [report.on(number) for number in range(4)] == [["time", "bytes"], ["time"], ["bytes"], []]
    lines = report.table().splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[2].startswith("| whole")
    assert lines[2].endswith("| time bytes |")


def test_a_folder_with_figures_and_plots(report, tmp_path):
    assert write(tmp_path, report)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"tradeoff.{form}" for form in ("json", "md", "png", "svg")
    ]
    told = json.loads((tmp_path / "tradeoff.json").read_text())
    assert [one["name"] for one in told["points"]] == ["whole", "over1.5", "top2", "top1"]
    assert told["points"][1]["fronts"] == ["time"]
    text = (tmp_path / "tradeoff.md").read_text()
    assert text.startswith("`lsr eval tradeoff x`\n\nbm25 on x (test): 6 documents, 3 queries")
    assert text.endswith("![fronts](tradeoff.png)\n")


def test_without_matplotlib_the_rest_is_written(report, tmp_path, monkeypatch):
    import sys

    monkeypatch.delitem(sys.modules, "lsr_eval.tradeoff.plot", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib.axes", None)
    assert not write(tmp_path, report)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tradeoff.json", "tradeoff.md"]
