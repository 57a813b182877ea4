"""`lsr index tune` from the command line to `inspect`."""

import json
import subprocess
import sys

import pytest
from scipy.sparse import csr_matrix, save_npz

from tests.index.conftest import build, random_vectors


def _lsr(*arguments):
    return subprocess.run([sys.executable, "-m", "lsr.cli", *map(str, arguments)], capture_output=True, text=True)


def test_what_was_measured_is_stored_and_shown(tmp_path):
    path = tmp_path / "idx"
    build(path, random_vectors(1, 300, 40))
    done = _lsr("index", "tune", path, "--recall", "0.9", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["sample"] == "the index's own documents"
    shown = json.loads(_lsr("inspect", path, "--json").stdout)["tuned"]
    assert (shown["recall"], shown["index changed since"]) == (found["recall"], "no")


@pytest.mark.parametrize("name", ["queries.npz", "queries.tsv", "missing.npz"])
def test_queries_come_from_a_file(tmp_path, name):
    path = tmp_path / "idx"
    build(path, random_vectors(1, 300, 40))
    save_npz(tmp_path / "queries.npz", csr_matrix(random_vectors(2, 30, 40)))
    (tmp_path / "queries.tsv").write_text("".join(f"{n}\tt{n} t{n + 1}\n" for n in range(30)))
    done = _lsr("index", "tune", path, "--queries", tmp_path / name, "--tokens", "--recall", "0.9", "--json")
    if name == "missing.npz":
        assert done.returncode == 1
        assert done.stderr.endswith("missing.npz does not exist\n")
    else:
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["queries"] == 30
