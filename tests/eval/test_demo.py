"""The demo on BM25 alone: the real corpus and questions, without waiting for a model."""

import json
import sys

import pytest

from lsr import cli
from lsr_eval.commands import demo
from lsr_eval.demo.building import build
from lsr_index.documents import Document

DOCUMENTS = [Document("a", "the cat sat"), Document("b", "dogs ran")]


def run(monkeypatch, *arguments):
    monkeypatch.setattr(demo, "MODELS", ("bm25",))
    monkeypatch.setattr(sys, "argv", ["lsr", "demo", *map(str, arguments)])
    with pytest.raises(SystemExit) as exit_:
        cli.main()
    assert not exit_.value.code


def test_the_demo_shows_examples_figures_and_what_to_do_next(monkeypatch, capsys, tmp_path):
    run(monkeypatch, "-o", tmp_path / "demo")
    out = capsys.readouterr().out
    assert out.count("\n“") == 5
    assert "✓" in out
    assert all(f"\n{name}" in out for name in ("nDCG@10", "RR@10", "R@100", "index size", "indexing, documents/s"))
    assert f"lsr serve {tmp_path / 'demo' / 'lsr-mini'}" in out
    run(monkeypatch, "-o", tmp_path / "demo", "--json")
    figures = json.loads(capsys.readouterr().out)["bm25"]
    assert figures["reused"] is True
    assert figures["queries"] > 150
    assert 0.1 < figures["measures"]["nDCG@10"] < 0.5


def test_an_index_is_used_again_only_for_the_same_corpus(tmp_path):
    assert [build("bm25", DOCUMENTS, tmp_path).reused for _ in range(2)] == [False, True]
    changed = build("bm25", [*DOCUMENTS, Document("c", "more")], tmp_path)
    assert (changed.reused, len(changed.retriever.index)) == (False, 3)


def test_a_damaged_index_is_built_again(tmp_path, capsys):
    build("bm25", DOCUMENTS, tmp_path)
    (tmp_path / "bm25" / "vocabulary.json").write_text("[]")
    assert not build("bm25", DOCUMENTS, tmp_path).reused
    assert "building bm25 again" in capsys.readouterr().err


def test_a_file_in_the_way_is_one_line(monkeypatch, capsys, tmp_path):
    (tmp_path / "demo").touch()
    monkeypatch.setattr(sys, "argv", ["lsr", "demo", "-o", str(tmp_path / "demo")])
    with pytest.raises(SystemExit) as exit_:
        cli.main()
    assert exit_.value.code == 1
    assert "is a file; name a folder" in capsys.readouterr().err
