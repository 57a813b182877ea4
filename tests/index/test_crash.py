"""A writer is killed at random instants, again and again: nothing acknowledged is lost, nothing else appears.

LSR_TORTURE sets how often; `make torture` kills a thousand times here, and half as often in test_crash_steps.py.
"""

import os
import random
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import numpy as np
import pytest
from scipy.sparse import csr_array

from lsr_index import SparseIndex, Vocabulary
from lsr_index.documents import Document

KILLS = int(os.environ.get("LSR_TORTURE", "200"))
PATIENCE = 60  # seconds, for a call to return on a busy machine
TERMS = 6
IDS = [f"d{n}" for n in range(30)]
EVERYTHING = csr_array(np.ones((1, TERMS), np.float32))

State = dict[str, str]
"""Text of each document."""


def row(text: str) -> np.ndarray:
    """Different texts have different weights."""
    return np.random.default_rng(int(text)).random(TERMS).astype(np.float32) + np.float32(0.1)


def operations(seed: int):
    """What a child does, one after the other, for ever: `(what, documents or ids)`."""
    chance = random.Random(seed)
    number = 0
    while True:
        what = chance.choices(["add", "delete", "commit", "merge", "merge all"], [6, 3, 4, 1, 1])[0]
        some = chance.sample(IDS, chance.randint(1, 4))
        number += 1
        if what == "add":
            yield what, {document: str(seed * 10_000 + number * 10 + n) for n, document in enumerate(some)}
        else:
            yield what, some


def run(writer, what, about) -> None:
    if what == "add":
        rows = csr_array(np.stack([row(text) for text in about.values()]))
        writer.add(list(about), rows, [Document(document, text) for document, text in about.items()])
    elif what == "delete":
        writer.delete(about)
    elif what == "commit":
        writer.commit()
    else:
        writer.merge(everything=what == "merge all")


def after(state: State, what, about) -> State:
    if what == "add":
        return {**state, **about}
    return {document: text for document, text in state.items() if what != "delete" or document not in about}


def found(index: SparseIndex) -> State:
    """What an index holds, by id and by search alike."""
    hits = index.search(EVERYTHING, 1000)[0]
    by_search = {document.id: document.text for document in index.fetch(hits.numbers)}
    by_id = {document: index.fetch([n])[0].text for document in IDS if (n := index.number(document)) is not None}
    assert by_search == by_id
    assert len(index) == len(by_id)
    for document, score in zip(hits.ids, hits.scores.tolist(), strict=True):
        assert score == pytest.approx(float(row(by_id[document]).sum()), rel=0.02)
    return by_id


def outcomes(state: State, seed: int, acknowledged: int) -> tuple[list[State], list[State]]:
    """What may be committed, and what may be there, with and without the call that did not return."""
    committed, states = [state], [state]
    for turn, (what, about) in enumerate(operations(seed)):
        if turn > acknowledged:
            break
        before = states[-1]
        states = [after(before, what, about)] if turn < acknowledged else [before, after(before, what, about)]
        if what == "commit":
            committed = [before] if turn < acknowledged else [*committed, before]
    return committed, states


def recovered(path, committed: list[State], states: list[State]) -> State:
    """Check what a killed writer left, to a reader and to the next writer, and return what is there then."""
    assert found(SparseIndex.open(path, verify=True)) in committed
    with SparseIndex.open(path, writable=True) as writer:
        writer.commit()
    state = found(SparseIndex.open(path))
    assert state in states
    return state


def start(path) -> State:
    """Make an index, and compile what writers need, so that forked ones need not."""
    state: State = {document: str(n) for n, document in enumerate(IDS[:10])}
    with SparseIndex.create(path, Vocabulary(f"t{n}" for n in range(TERMS))) as builder:
        run(builder, "add", state)
        builder.commit()
    with SparseIndex.open(path, writable=True) as writer:
        for what in ("add", "commit", "delete", "commit", "merge all"):
            run(writer, what, {"d0": "0"} if what == "add" else ["d29"])
    return state


def child(path, seed: int, pipe: int) -> None:
    with SparseIndex.open(path, writable=True) as writer:
        for what, about in operations(seed):
            run(writer, what, about)
            os.write(pipe, b".")


def killed(work: Callable[[int], None], calls: int, seconds: float) -> int:
    """Fork; kill the child so long after so many calls have returned; return how many have by then."""
    reader, pipe = os.pipe()
    process = os.fork()
    if process == 0:
        with suppress(BaseException):
            os.close(reader)
            work(pipe)
        os._exit(1)  # a child that is not killed has failed
    os.close(pipe)
    acknowledged = 0
    while acknowledged < calls and select.select([reader], [], [], PATIENCE)[0]:
        some = os.read(reader, 1)
        assert some, "the child ended by itself"
        acknowledged += 1
    time.sleep(seconds)
    os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status), "the child ended by itself"
    while some := os.read(reader, 1 << 16):
        acknowledged += len(some)
    os.close(reader)
    assert acknowledged >= calls, f"the child did not get on within {PATIENCE} s"
    return acknowledged


def test_nothing_acknowledged_is_lost_however_a_writer_dies(tmp_path):
    path = tmp_path / "idx"
    state = start(path)
    chance = random.Random(7)
    for seed in range(1, KILLS + 1):
        work = partial(child, path, seed)
        acknowledged = killed(work, chance.randint(0, 8), chance.choice([0, chance.uniform(0, 0.03)]))
        state = recovered(path, *outcomes(state, seed, acknowledged))
