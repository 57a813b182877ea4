"""What the experiment leaves for programs and for people."""

import json

import pytest

from lsr_eval import measures as measuring
from lsr_eval.curse import markdown, plots, writing
from lsr_eval.curse.answers import Answers
from lsr_eval.curse.observations import Key, observe
from lsr_eval.curse.report import Report

MEASURES = measuring.parse("RR@10 nDCG@10")
GOOD: dict[str, dict[str, float]] = {"tiny/q1": {"tiny/d1": 1.0}, "tiny/q2": {"tiny/d2": 1.0}}
BAD: dict[str, dict[str, float]] = {"tiny/q1": {"other/o1": 1.0}, "tiny/q2": {"other/o0": 2.0, "tiny/d2": 1.0}}


@pytest.fixture
def made(pool):
    keys = [
        (Key("bm25", 6), GOOD, None), (Key("dense:m@4", 6, element="float32"), GOOD, 4),
        (Key("dense:m", 6, "bm25", "int8"), GOOD, 9), (Key("bm25", 10), GOOD, None),
        (Key("dense:m@4", 10, element="float32"), BAD, 4), (Key("dense:m", 10, "bm25", "int8"), BAD, 9),
    ]  # fmt: skip
    found = [observe(pool, key, 0, Answers(run, 100 * key.size, 999), MEASURES, dims) for key, run, dims in keys]
    configuration = {"command": "lsr eval curse …", "projection": "pca", "versions": {"lsr": "1"}}
    return Report(pool, "documents", found, configuration, "What we think of it.")


def test_a_column_a_size_and_a_row_a_system(made):
    first, second, noise, size, equal = markdown.tables(made)
    assert "| bm25 | 0.6667 | 0.6667 | 1.000 |" in first
    assert "| dense:m@4 | 0.6667 | 0.1667 | 0.250 |" in first
    assert second.startswith("**nDCG@10")
    assert "| dense:m@4 | 0.0 | 66.7 |" in noise
    assert "| bm25 | 100 | 100 |" in size
    assert [line.split(" | ")[1] for line in equal.splitlines() if line.startswith(("| 6", "| 10"))] == [
        "bm25", "dense:m int8", "bm25", "dense:m int8",
    ]  # fmt: skip


def test_the_page_says_what_it_is_of_and_what_it_cannot_say(made):
    page = markdown.page(made, ["curse.png"])
    assert "3 queries of tiny (test). The 4 documents judged for them" in page
    assert "1 documents that read like a judged one were left out" in page
    assert "![curse](curse.png)" in page
    assert "dense:m@4 0.6667 → 0.1667 (-0.5000)" in page
    assert "Distractors were not judged for these queries" in page
    assert page.endswith("What we think of it.\n")


def test_figures_have_a_line_a_system(made):
    figures = plots.draw(made)
    assert list(figures) == ["curse", "equal-bytes"]
    panel = figures["curse"].axes[0]
    assert panel.get_xscale() == "log"
    assert panel.get_legend_handles_labels()[1] == ["bm25", "dense:m@4"]
    assert len(figures["equal-bytes"].axes) == 2


def test_observations_are_a_data_frame(made):
    table = made.table()
    assert table.num_rows == 6
    assert table.column("size").to_pylist() == [6, 6, 6, 10, 10, 10]
    assert {"system", "as_large_as", "element", "dims", "bytes", "RR@10", "nDCG@10"} <= set(table.column_names)


def test_a_folder_of_it(made, tmp_path):
    writing.write(tmp_path, made)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "curse.csv", "curse.json", "curse.md", "curse.parquet", "curse.png", "equal-bytes.png",
    ]  # fmt: skip
    assert json.loads((tmp_path / "curse.json").read_text()) == made.to_dict()
    assert len((tmp_path / "curse.csv").read_text().splitlines()) == 7
