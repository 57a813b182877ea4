"""One engine in a process of its own, so that its memory is its own, and the parent's hold on it."""

import gc
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lsr_eval.engine_bench import inputs, memory
from lsr_eval.peers import registry
from lsr_eval.peers.base import Peer

T = TypeVar("T")
PATIENCE = 5.0  # seconds; a process that still works on a query may be ended any time


class EngineFailedError(Exception):
    """An engine raised or died; the message says what is known of it, in one line."""


@dataclass(frozen=True)
class Built:
    """What an index cost."""

    seconds: float
    bytes: int
    peak: int | None
    """How much the process grew while building, at most; the documents that it was given are not counted."""
    resident: int | None
    """How much larger the process is, with the index open and the documents given back, than before."""
    settings: tuple[str, ...]


class Child:
    """The parent's side: every call waits until the engine has done what is asked.

    Raises:
        EngineFailedError: from any call, if the engine raises or its process ends.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self._log = folder / "log.txt"
        context = multiprocessing.get_context("spawn")  # a fork would inherit the parent's memory and threads
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, name, str(self._log)), daemon=True)
        self._process.start()
        theirs.close()  # else the end of the process would not end the pipe

    def build(self, vectors: Path, folder: Path) -> Built:
        """Index the documents in `vectors` and keep its queries ready."""
        built: Built = self._ask("build", vectors, folder)
        return built

    def answers(self, k: int, setting: str) -> list[NDArray[np.int64]]:
        """Answer every query once, untimed: document numbers."""
        found: list[NDArray[np.int64]] = self._ask("answers", k, setting)
        return found

    def round(self, k: int, setting: str) -> NDArray[np.float64]:
        """Answer every query once: seconds each took."""
        seconds: NDArray[np.float64] = self._ask("round", k, setting)
        return seconds

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Return function(engine, *arguments), run in the process; it and its arguments must be picklable."""
        value: T = self._ask("call", function, *arguments)
        return value

    def __enter__(self) -> "Child":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        self._pipe.close()  # it ends by itself when it reads this
        self._process.join(PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _ask(self, what: str, *arguments: Any) -> Any:
        try:
            self._pipe.send((what, arguments))
            good, value = self._pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join()
            raise EngineFailedError(self._epitaph()) from error
        if not good:
            raise EngineFailedError(value)
        return value

    def _epitaph(self) -> str:
        code = self._process.exitcode or 0
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        if code == -9:
            how += " (out of memory?)"
        lines = self._log.read_text(errors="replace").strip().splitlines() if self._log.exists() else []
        return f"{how}; it last said: {lines[-1][:200]}" if lines else how


def _serve(pipe: Connection, name: str, log: str) -> None:
    _silence(log)
    memory.die_first()
    peer = registry.create(name)
    server = _Server(peer)
    commands: dict[str, Callable[..., Any]] = {
        "build": server.build, "answers": server.answers, "round": server.round, "call": server.call
    }  # fmt: skip
    while True:  # ends with the parent
        try:
            what, arguments = pipe.recv()
        except EOFError:
            return
        try:
            reply = (True, commands[what](*arguments))
        except KeyboardInterrupt:
            return
        except BaseException as error:  # a panic in Rust is no Exception
            message = " ".join(str(error).split())
            reply = (False, f"{type(error).__name__}: {message}"[:300])
        pipe.send(reply)


class _Server:
    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._queries: list[Any] = []

    def build(self, vectors: Path, folder: Path) -> Built:
        before = memory.resident()
        documents = inputs.load(vectors / "documents")
        given = memory.start_peak()
        started = time.perf_counter()
        self._peer.build(documents, folder)
        seconds = time.perf_counter() - started
        peak = memory.peak()
        del documents
        gc.collect()
        memory.trim()
        after = memory.resident()
        rows = inputs.load(vectors / "queries")
        borders = zip(rows.indptr[:-1], rows.indptr[1:], strict=True)
        self._queries = [self._peer.prepare(rows.indices[a:b], rows.data[a:b]) for a, b in borders]
        memory.pin_to_one_core()
        return Built(
            seconds,
            self._peer.bytes(),
            None if peak is None or given is None else max(0, peak - given),
            None if after is None or before is None else max(0, after - before),
            self._peer.settings,
        )

    def answers(self, k: int, setting: str) -> list[NDArray[np.int64]]:
        return [self._peer.answer(self._peer.search(query, k, setting))[0] for query in self._queries]

    def round(self, k: int, setting: str) -> NDArray[np.float64]:
        search, clock = self._peer.search, time.perf_counter
        seconds = np.empty(len(self._queries))
        gc.collect()
        gc.disable()  # a collection would fall on whichever query comes by
        try:
            for number, query in enumerate(self._queries):
                started = clock()
                search(query, k, setting)
                seconds[number] = clock() - started
        finally:
            gc.enable()
        return seconds

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return function(self._peer, *arguments)


def _silence(log: str) -> None:
    # Engines print to both streams, some from native code: below Python's own objects.
    sys.stdout.flush()
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)
