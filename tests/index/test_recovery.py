"""A writer is killed at one instant after another: what stands is one generation, and nothing acknowledged is lost."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse import csr_array

from lsr_index import IndexFormatError, IndexWriter, SparseIndex, Vocabulary
from lsr_index.folder import log_name, segment_name

# Adds two documents and deletes one, commits, merges; dies just before a given step, and tells which calls returned.
CHILD = """
import os, signal, sys
from pathlib import Path
import numpy as np
from scipy.sparse import csr_array
from lsr_index import IndexWriter, durable

path, last, times = sys.argv[1], sys.argv[2], int(sys.argv[3])

def watched(function):
    def call(*arguments, **options):
        global times
        where = arguments[1] if function.__name__ == "rename" else arguments[0]
        if f"{function.__name__} {Path(where).name}" == last:
            times -= 1
            if times == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)
    return call

writer = IndexWriter(path)
writer.add(["d2", "d3"], csr_array(np.array([[3, 0], [4, 0]], np.float32)))
writer.delete(["d0"])
print("acknowledged", flush=True)
durable.sync = watched(durable.sync)
os.rename = watched(os.rename)
os.unlink = watched(os.unlink)
writer.commit()
print("committed", flush=True)
writer.merge(everything=True)
print("merged", flush=True)
"""
COMMIT = [
    ("unlink spill.terms", 1), ("sync grid.npy", 1), ("sync deleted-2.npy", 1), ("rename log-2", 1), ("sync idx", 1),
    ("rename manifest.json", 1), ("sync idx", 3), ("unlink log-1", 1),
]  # fmt: skip
MERGE = [("sync segment-000003", 1), ("rename manifest.json", 2), ("sync idx", 5), ("unlink grid.npy", 2)]
QUERY = csr_array(np.array([[1, 0]], dtype=np.float32))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "idx"
    with SparseIndex.create(path, Vocabulary(["a", "b"])) as builder:
        builder.add(["d0", "d1"], csr_array(np.array([[1, 0], [2, 0]], np.float32)))
        builder.commit()
    return path


def ids(index):
    return index.search(QUERY)[0].ids


def run(path, step, times):
    command = [sys.executable, "-c", CHILD, str(path), step, str(times)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("step", "times"), [*COMMIT, *MERGE])
def test_a_writer_that_is_killed(path, step, times):
    done = run(path, step, times)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stdout.split() == ["acknowledged", "committed"][: 1 if (step, times) in COMMIT else 2]
    after = SparseIndex.open(path, verify=True)
    committed = after.manifest.generation > 1
    assert ids(after) == (["d3", "d2", "d1"] if committed else ["d1", "d0"])
    assert committed or "committed" not in done.stdout
    with SparseIndex.open(path, writable=True) as writer:
        assert writer.pending == (0 if committed else 3)
        writer.commit()
        assert ids(writer.index) == ["d3", "d2", "d1"]
        writer.merge(everything=True)
    assert ids(SparseIndex.open(path, verify=True)) == ["d3", "d2", "d1"]
    index = SparseIndex.open(path).manifest
    named = {segment.name for segment in index.segments} | {index.log, "manifest.json", "vocabulary.json", "write.lock"}
    assert {file.name for file in path.iterdir()} == named  # nothing is left of what was killed


def test_a_dead_writers_lock_is_free(path):
    program = f"""
import os, signal
from lsr_index import IndexWriter
writer = IndexWriter({str(path)!r})
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", program], check=False)
    assert (path / "write.lock").read_text().strip().isdecimal()
    SparseIndex.open(path, writable=True).close()


def test_leftovers_are_swept_and_other_files_left_alone(path):
    manifest = SparseIndex.open(path).manifest
    (path / segment_name(7)).mkdir()
    (path / segment_name(7) / "grid.npy").touch()
    (path / log_name(9)).touch()
    (path / ".manifest.json.unfinished").touch()
    (path / ".log-8.unfinished").touch()
    (path / segment_name(1) / "deleted-5.npy").touch()
    (path / "README").touch()
    SparseIndex.open(path, writable=True).close()
    names = {file.name for file in path.iterdir()}
    assert names == {segment_name(1), manifest.log, "manifest.json", "vocabulary.json", "write.lock", "README"}
    assert not (path / segment_name(1) / "deleted-5.npy").exists()


def test_a_full_disk_leaves_the_changes_pending(path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with SparseIndex.open(path, writable=True) as writer:
        writer.add(["d2"], csr_array(np.array([[3, 0]], np.float32)))
        with monkeypatch.context() as patch:
            patch.setattr("lsr_index.pages.write_pages", full)
            with pytest.raises(OSError, match="No space"):
                writer.commit()
        assert writer.pending == 1
        assert not (path / segment_name(2)).exists()
        writer.commit()
        assert ids(writer.index) == ["d2", "d1", "d0"]


def test_a_swap_of_unknown_outcome_stops_the_writer(path, monkeypatch):
    replace = os.rename

    def fail(*arguments, **_):
        replace(*arguments)
        raise OSError(5, "Input/output error")

    writer = SparseIndex.open(path, writable=True)
    writer.delete(["d0"])
    monkeypatch.setattr("pathlib.Path.rename", lambda self, target: fail(self, target))
    monkeypatch.setattr("lsr_index.store.Store.new_log", lambda self: writer._log)
    with pytest.raises(OSError, match="Input/output"):
        writer.commit()
    monkeypatch.undo()
    with pytest.raises(Exception, match="may or may not have happened; open it again"):
        writer.commit()
    writer.close()
    IndexWriter(path).close()


def test_a_reader_that_was_told_of_a_merged_segment_reads_the_manifest_again(path, monkeypatch):
    from lsr_index import manifest as manifests

    read, first = manifests.read, []

    def late(folder):
        manifest = read(folder)
        if not first:
            first.append(manifest)
            with IndexWriter(path) as writer:
                writer.delete(["d0"])
                writer.commit()
                writer.merge(everything=True)
        return manifest

    monkeypatch.setattr(manifests, "read", late)
    assert ids(SparseIndex.open(path)) == ["d1"]


def test_a_segment_that_is_missing_for_good_is_an_error(path):
    (path / segment_name(1) / "numbers.npy").unlink()
    with pytest.raises(IndexFormatError, match=r"numbers\.npy is missing"):
        SparseIndex.open(path)
