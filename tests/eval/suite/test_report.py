"""The report in all its forms."""

import json
from html.parser import HTMLParser

import pytest
from PIL import Image

from lsr_eval.suite import outcome, writing


@pytest.fixture
def written(suite, tmp_path):
    measured = outcome.measure(suite(), tmp_path / "work")
    writing.write(measured, tmp_path / "report", "lsr eval suite tiny.yaml -o report")
    return measured, tmp_path / "report"


def test_every_figure_of_the_markdown_is_one_that_was_measured(written):
    measured, folder = written
    text = (folder / "report.md").read_text()
    assert "`lsr eval suite tiny.yaml -o report`" in text
    row = measured.rows[0]
    for system, cell in row.cells.items():
        line = next(line for line in text.splitlines() if line.startswith(f"| {system} |"))
        assert f"{cell.measures['nDCG@10']:.4f}" in line
    assert "Holm" in text
    assert "yeast dough" in text
    for name in ("quality.png", "cost.png", "queries.png"):
        assert f"]({name})" in text
        with Image.open(folder / name) as picture:
            assert min(picture.size) > 200


def test_the_json_holds_all_figures_and_no_path_of_this_machine(written, tmp_path):
    measured, folder = written
    text = (folder / "report.json").read_text()
    content = json.loads(text)
    systems = content["datasets"][0]["systems"]
    assert systems["network"]["measures"] == measured.rows[0].cells["network"].measures
    assert content["means"]["bm25"]["nDCG@10"] == measured.average("bm25", "nDCG@10")
    assert "work" not in systems["network"]


class Checker(HTMLParser):
    """See that tags are closed in order and nothing is loaded from elsewhere."""

    EMPTY = ("meta", "img", "br", "link")

    def __init__(self):
        super().__init__()
        self.open, self.sources = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in self.EMPTY:
            self.open.append(tag)
        self.sources += [value for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_needs_nothing_else(written):
    _, folder = written
    checker = Checker()
    checker.feed((folder / "report.html").read_text())
    assert checker.open == []
    assert len(checker.sources) == 3
    assert all(source.startswith("data:image/png;base64,") for source in checker.sources)


def test_text_of_datasets_is_no_markup(suite, beir, tmp_path):
    queries = (beir / "queries.jsonl").read_text().replace("yeast dough", "yeast <b>|dough| *now*")
    (beir / "queries.jsonl").write_text(queries)
    measured = outcome.measure(suite(), tmp_path / "work")
    writing.write(measured, tmp_path / "report", "x")
    assert r"yeast \<b\>\|dough\| \*now\*" in (tmp_path / "report" / "report.md").read_text()
    assert "yeast &lt;b&gt;|dough| *now*" in (tmp_path / "report" / "report.html").read_text()
