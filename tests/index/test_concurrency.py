"""Readers in threads and in another process see committed states only, while an index is written to and merged."""

import json
import random
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

from lsr_index import IndexWriter, SparseIndex, merging
from tests.index.test_crash import IDS, State, after, found, run, start

ROUNDS = 25  # commits
MARK = IDS[0]  # its text is the number of the round
SECONDS = 240  # until a reader gives up: kernels may have to be compiled first
READER = "import sys; from tests.index import test_concurrency as own; own.report(sys.argv[1])"


def rounds() -> list[State]:
    """What stands after each commit."""
    chance = random.Random(3)
    states: list[State] = [dict.fromkeys(IDS, "0")]
    for number in range(1, ROUNDS + 1):
        gone = chance.sample(IDS[1:], chance.randint(0, 3))
        fresh = {document: str(number * 100 + n) for n, document in enumerate(chance.sample(IDS[1:], 3))}
        states.append({**after(states[-1], "delete", gone), **fresh, MARK: str(number)})
    return states


def watch(path) -> list[State]:
    """Look at the newest generation again and again until it is the last; return what was seen."""
    seen: list[State] = []
    index = SparseIndex.open(path)
    end = time.monotonic() + SECONDS
    while (not seen or seen[-1][MARK] != str(ROUNDS)) and time.monotonic() < end:
        index = index.newest()
        seen.append(found(index))
    return seen


def report(path: str) -> None:
    for line in (lambda: "ready", lambda: json.dumps(watch(path))):
        sys.stdout.write(line() + "\n")
        sys.stdout.flush()


def write(path, states: list[State]) -> None:
    """Go from each state to the next in one commit, merging meanwhile."""
    with IndexWriter(path, merge="background", sync="commit") as writer:
        for number, (before, now) in enumerate(pairwise(states)):
            run(writer, "delete", list(before.keys() - now.keys()))
            run(writer, "add", {document: text for document, text in now.items() if before.get(document) != text})
            if number % 10 == 5:
                merge = threading.Thread(target=writer.merge, kwargs={"everything": True})
                merge.start()
                writer.commit()
                merge.join()
            writer.commit()


def test_readers_see_committed_states_only(tmp_path, monkeypatch):
    monkeypatch.setattr(merging, "FACTOR", 3)
    path = tmp_path / "idx"
    states = rounds()
    start(path)
    with SparseIndex.open(path, writable=True) as writer:
        run(writer, "add", states[0])
        writer.commit()
    first = SparseIndex.open(path)
    seen: list[list[State]] = []
    readers = [threading.Thread(target=lambda: seen.append(watch(path))) for _ in range(2)]
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", READER, path], cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for reader in readers:
            reader.start()
        write(path, states)
        for reader in readers:
            reader.join()
        seen.append(json.loads(process.stdout.readline()))
    assert len(seen) == 3  # a reader that failed has nothing to show
    for states_seen in seen:
        marks = [int(state[MARK]) for state in states_seen]
        assert marks == sorted(marks)
        assert marks[-1] == ROUNDS
        assert states_seen == [states[mark] for mark in marks]
    assert found(first) == states[0]
    assert found(first.newest()) == states[-1]
