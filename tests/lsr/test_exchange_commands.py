"""`lsr export`, and the formats that `lsr index --vectors` and `lsr inspect` take."""

import json

import numpy as np
import pytest
from scipy.sparse import save_npz

from lsr import SparseIndex, console
from lsr_index.order import bisection
from tests.index.conftest import random_impacts
from tests.lsr.conftest import failure

ROWS = random_impacts(1, 200, 30)


@pytest.fixture
def vectors(tmp_path):
    save_npz(tmp_path / "v.npz", ROWS)
    return tmp_path / "v.npz"


@pytest.mark.parametrize("name", ["x.ciff", "x.ciff.gz", "x.parquet", "x.jsonl", "x.jsonl.gz"])
def test_from_an_index_to_a_file_and_back(lsr, tmp_path, vectors, name):
    assert lsr("index", "--vectors", vectors, "-o", tmp_path / "a")[0] == 0
    code, out, err = lsr("export", tmp_path / "a", "-o", tmp_path / name, "--json")
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert (report["documents"], report["postings"], report["exact"]) == (200, ROWS.nnz, True)
    assert report["bytes"] == (tmp_path / name).stat().st_size
    facts = json.loads(lsr("inspect", tmp_path / name, "--json")[1])
    assert (facts["vectors"], facts["non-zeros"], facts["largest weight"]) == (200, ROWS.nnz, 255.0)
    (tmp_path / "terms.txt").write_text("".join(f"{n}\n" for n in range(30)))
    arguments = ["--vectors", tmp_path / name, "--vocabulary", tmp_path / "terms.txt", "-o", tmp_path / "b"]
    assert lsr("index", *arguments)[0] == 0
    for one, other in zip(
        SparseIndex.open(tmp_path / "a").search(ROWS[:3], k=200),
        SparseIndex.open(tmp_path / "b").search(ROWS[:3], k=200),
        strict=True,
    ):
        assert np.array_equal(one.scores, other.scores)
        assert one.ids == other.ids


def test_impacts_that_were_rounded_are_mentioned(lsr, tmp_path, index):
    code, out, err = lsr("export", index, "-o", tmp_path / "x.ciff")
    assert (code, out.count("\n")) == (0, 1)
    assert "3 documents" in out
    assert "impacts were rounded" in err
    assert "vectors" in lsr("inspect", tmp_path / "x.ciff")[1]
    code, _, err = lsr("export", index, "-o", tmp_path / "x", "--format", "parquet")
    assert (code, err) == (0, "")


def test_exports_that_cannot_be(lsr, tmp_path, index):
    (tmp_path / "x.ciff").write_text("here")
    assert "x.ciff exists" in failure(lsr("export", index, "-o", tmp_path / "x.ciff"))
    assert "the name says no format" in failure(lsr("export", index, "-o", tmp_path / "x.bin"))
    assert "there is no folder" in failure(lsr("export", index, "-o", tmp_path / "no" / "x.ciff"))
    assert "does not exist" in failure(lsr("export", tmp_path / "nowhere", "-o", tmp_path / "y.ciff"))
    assert lsr("export", index, "-o", tmp_path / "x.bin", "--format", "csv")[0] == 2
    assert lsr("export", index, "-o", tmp_path / "x.ciff", "--overwrite")[0] == 0
    (tmp_path / "cut.ciff").write_bytes((tmp_path / "x.ciff").read_bytes()[:-5])
    assert "cut.ciff: cut off at byte" in failure(
        lsr("index", "--vectors", tmp_path / "cut.ciff", "-o", tmp_path / "new")
    )
    assert not (tmp_path / "new").exists()
    assert "nor a file of vectors (.parquet, .ciff" in failure(lsr("inspect", __file__))


@pytest.mark.parametrize(("option", "ordered"), [("--order", True), ("--no-order", False), (None, False)])
def test_the_order_is_a_choice(lsr, tmp_path, vectors, option, ordered):
    arguments = ["index", "--vectors", vectors, "-o", tmp_path / "a", *([option] if option else [])]
    assert lsr(*arguments)[0] == 0
    numbers = np.load(next((tmp_path / "a").glob("segment-*/numbers.npy")))
    assert np.array_equal(numbers, bisection(ROWS) if ordered else np.arange(200))


def test_every_stretch_of_work_has_its_bar(lsr, tmp_path, vectors, corpus, monkeypatch):
    monkeypatch.setenv("LSR_PROGRESS", "1")
    labels = "indexing", "ordering"
    _, _, err = lsr("index", "--vectors", vectors, "-o", tmp_path / "a", "--order")
    assert all(label in err for label in labels)
    _, _, err = lsr("export", tmp_path / "a", "-o", tmp_path / "x.ciff")
    assert all(label in err for label in ("exporting", "sorting by term", "writing terms"))
    _, _, err = lsr("index", corpus, "-o", tmp_path / "b", "--model", "bm25", "--order")
    assert all(label in err for label in ("encoding with bm25", "ordering"))


def test_a_bar_that_starts_while_another_runs_joins_it(monkeypatch, capsys):
    monkeypatch.setenv("LSR_PROGRESS", "1")
    with console.progress("outer", 2) as outer:
        outer(1)
        with console.progress("inner", None) as inner:
            inner(5)
        outer(1)
    with console.progress("next", 1) as after:
        after(1)
    err = capsys.readouterr().err
    assert all(label in err for label in ("outer", "inner", "next", "2/2"))
