"""A writer dies at its n-th step on the disk, wherever that is: opening, logging, committing, or merging in a thread.

Kills by the clock hit what takes long; these hit every step alike, and tear what is being logged.
"""

import os
import random
import signal
from contextlib import suppress
from typing import Any

from lsr_index import IndexWriter, merging
from tests.index.test_crash import KILLS, operations, outcomes, recovered, run, start

STEPS = 200  # of a dozen calls or more
SECONDS = 60  # until a child that does not get on is ended by an alarm, which is no kill


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(steps: int, torn: float) -> None:
    """Let this process die before its n-th step on the disk; of a record being logged, a share is written first."""
    left = steps

    def watched(function: Any) -> Any:
        def step(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left <= 0:
                if function.__name__ == "pwrite":
                    descriptor, content, position = arguments
                    function(descriptor, content[: int(len(content) * torn)], position)
                die()
            return function(*arguments, **options)

        return step

    for name in ("fsync", "rename", "unlink", "rmdir", "mkdir", "pwrite", "ftruncate"):
        setattr(os, name, watched(getattr(os, name)))


def child(path, seed: int, pipe: int, steps: int, torn: float) -> None:
    signal.alarm(SECONDS)
    merging.FACTOR = 3
    dying(steps, torn)
    with IndexWriter(path, merge="background" if seed % 2 else None) as writer:
        for what, about in operations(seed):
            run(writer, what, about)
            os.write(pipe, b".")


def killed(path, seed: int, steps: int, torn: float) -> int:
    """Fork a writer that dies at a step; return how many of its calls had returned."""
    reader, pipe = os.pipe()
    process = os.fork()
    if process == 0:
        with suppress(BaseException):
            os.close(reader)
            child(path, seed, pipe, steps, torn)
        os._exit(1)
    os.close(pipe)
    with os.fdopen(reader, "rb") as acknowledgements:
        acknowledged = len(acknowledgements.read())
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status), "the child ended by itself"
    assert os.WTERMSIG(status) == signal.SIGKILL, f"the child did not get on within {SECONDS} s"
    return acknowledged


def test_nothing_acknowledged_is_lost_at_whatever_step_a_writer_dies(tmp_path):
    path = tmp_path / "idx"
    state = start(path)
    chance = random.Random(8)
    for seed in range(1, KILLS // 2 + 1):
        acknowledged = killed(path, seed, chance.randint(1, STEPS), chance.random())
        state = recovered(path, *outcomes(state, seed, acknowledged))
