import json
from dataclasses import replace

import pytest

from lsr_eval.engine_bench import report as reports
from lsr_eval.engine_bench.costs import Costs, Threads
from lsr_eval.engine_bench.filtered import Filtered
from lsr_eval.engine_bench.run import Row

GOOD = Row("lsr", 10, None, 1.25, 3_000_000, 5_000_000, 4_000_000, 0.5, 0.9, 1.0, 1.0, 0.9971, 0.9, 10.0)
BAD = Row("bmp-b8", 10, "was killed | out of memory")


@pytest.fixture
def report():
    return reports.Report(
        "lsr bench engine", "1,000 synthetic documents", 1000, 1_000_000, 30, 3, True, "bp", 2.0, "lsr", [GOOD, BAD],
        {"pisa": "not installed (pip install pyterrier-pisa)"},
        {"cpu": "CPU", "cores": 2, "flags": ["avx2"], "memory_gib": 4.0, "python": "3", "packages": {"bmp": "1"}},
    )  # fmt: skip


def test_markdown(report):
    text = report.markdown()
    assert "Machine: CPU, 2 cores, avx2, 4.0 GiB; Python 3, bmp 1." in text
    assert "order: bp (made in 2.0 s)" in text
    assert "3 rounds that alternate between an engine and lsr;" in text
    good, bad = report.table()[2:]
    cells = [cell.strip() for cell in good.strip("|").split("|")]
    assert cells == "lsr;1.2;3.0 MB;3.00;5.0 MB;4.0 MB;0.500;0.900;1.00 (1.00);0.9971".split(";")
    assert "failed" in bad
    assert "- bmp-b8 (k=10): failed, was killed | out of memory" in text
    assert "- pisa: skipped, not installed" in text


def test_costs(report):
    assert "Around the queries" not in report.markdown()
    costs = Costs("lsr", 2_000_000, None, 7.5, 3_000_000, 4.2, 0.35, [Threads(10, 1000, 1.0, 0.5)])
    report.costs.extend([costs, Costs("other", 2_000_000, "was killed")])
    text = report.markdown()
    assert "Around the queries" in text
    assert "- other: costs failed, was killed" in text
    good, bad = ([cell.strip() for cell in line.strip("|").split("|")] for line in report.costs_table()[2:])
    assert good == "lsr;2.0;7.5;3.0 MB;1.50;4.2;0.35;1,000;2,000;2.00".split(";")
    assert bad == ["other", "2.0"] + ["–"] * 8


def test_filters(report):
    assert "with a filter" not in report.markdown()
    for share, ms in ((0.5, 2), (0.01, 1)):
        report.filtered.extend(Filtered(share, k, 4, ms, 1, 4) for k in (10, 100))
    assert "with a filter" in report.markdown()
    half, less = ([cell.strip() for cell in line.strip("|").split("|")] for line in report.filtered_table()[2:])
    assert half == "50 %;4.00;2.000;2.00;0.50;2.000;2.00;0.50".split(";")
    assert "- lsr with filters: failed, query 3" in replace(report, filters_failed="query 3").markdown()
    assert less[:4] == ["1 %", "4.00", "1.000", "1.00"]


def test_files(report, tmp_path, monkeypatch):
    load = reports.importlib.import_module

    def without(name):
        if name.startswith("matplotlib"):
            raise ModuleNotFoundError(name=name)
        return load(name)

    monkeypatch.setattr(reports.importlib, "import_module", without)
    assert not reports.write(tmp_path, report)
    assert json.loads((tmp_path / "engine.json").read_text())["rows"][0]["recall"] == 0.9971
    assert "engine.png" not in (tmp_path / "engine.md").read_text()


def test_plot(report, tmp_path):
    pytest.importorskip("matplotlib")
    assert reports.write(tmp_path, report)
    assert (tmp_path / "engine.png").read_bytes().startswith(b"\x89PNG")
    assert "engine.png" in (tmp_path / "engine.md").read_text()
