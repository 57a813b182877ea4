"""`lsr index tune` from the command line to `inspect`."""

import json
import subprocess
import sys

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
