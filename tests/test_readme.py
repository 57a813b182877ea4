"""The README's Python blocks run as they stand."""

import doctest
import re

import pytest

from tests.conftest import ROOT

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)


def test_the_first_block_is_five_statements_from_texts_to_hits(capsys):
    assert len([line for line in BLOCKS[0].splitlines() if line.strip()]) <= 5
    exec(compile(BLOCKS[0], "README.md", "exec"), {})
    assert capsys.readouterr().out.splitlines()[0].endswith("Cells are damaged as we age.")


@pytest.mark.parametrize("block", BLOCKS[1:])
def test_further_blocks(block, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {})
    first, changed, second, third, fourth = capsys.readouterr().out.splitlines()
    assert first.startswith("fr {'continent': 'Europe'}")
    assert changed == "['it']"
    assert "('sleep', " in second
    assert third == "['a', 'b']"
    assert fourth == "['b', 'c']"


def test_sessions():
    [session] = re.findall(r"```pycon\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    test = doctest.DocTestParser().get_doctest(session, {}, "README.md", None, None)
    assert doctest.DocTestRunner().run(test).failed == 0
