"""The command line in this process, and a small index that it built."""

import json
import sys

import pytest

from lsr import cli

CORPUS = [
    {"_id": "a", "title": "Paris", "text": "Paris is the capital of France."},
    {"_id": "b", "title": "", "text": "The cat sat on the mat."},
    {"_id": "c", "title": "Empty", "text": ""},
]


@pytest.fixture
def lsr(monkeypatch, capsys):
    """Run the command line in this process: `lsr(*arguments) -> (exit code, stdout, stderr)`."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["lsr", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        captured = capsys.readouterr()
        return exit_.value.code or 0, captured.out, captured.err

    return run


@pytest.fixture
def corpus(tmp_path):
    file = tmp_path / "corpus.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in CORPUS))
    return file


@pytest.fixture
def index(tmp_path, corpus, lsr):
    path = tmp_path / "idx"
    code, *_ = lsr("index", corpus, "-o", path, "--model", "bm25")
    assert code == 0
    return path


def failure(result):
    """The one line that a failed command says."""
    code, out, err = result
    assert code == 1
    assert out == ""
    assert err.startswith("lsr: error: ")
    assert err.count("\n") == 1
    return err
