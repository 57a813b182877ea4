"""A lane: a bounded queue before some threads that take what waits together.

The event loop puts work in and waits without a thread; a worker takes all that has come meanwhile, up to a limit. When
nothing waits, a single item starts at once, so idle servers add no delay and busy ones share costs.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from lsr_service.problems import ProblemError

Item = TypeVar("Item")
Result = TypeVar("Result")
RETRY_SECONDS = "1"


class Lane(Generic[Item, Result]):
    """Threads that do CPU-bound work for the event loop.

    Args:
        work: Turns items into as many results; an exception in the place of a result is raised where it was asked for.
        name: Of the threads.
        threads: How many; they start with the first item.
        batch: Items that one of them takes at a time, at most.
        waiting: Items that may wait; more are refused.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Sequence[Result | Exception]],
        *,
        name: str,
        threads: int = 1,
        batch: int = 32,
        waiting: int = 256,
    ) -> None:
        self._work = work
        self._name, self._count, self._batch, self._limit = name, threads, batch, waiting
        self._queue: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many items wait for a thread."""
        return len(self._queue)

    async def ask(self, item: Item) -> Result:
        """Have an item worked on.

        Raises:
            ProblemError: 429 where too many wait, 503 while the server ends.
        """
        return await self.put(item)

    def put(self, item: Item) -> "asyncio.Future[Result]":
        """Queue an item, from the event loop; raises as `ask` does."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        with self._changed:
            if self._closed:
                raise ProblemError(503, "the server is ending; ask another", headers={"Retry-After": RETRY_SECONDS})
            if len(self._queue) >= self._limit:
                detail = f"{self._limit} requests are waiting, no more are taken; try again in a moment"
                raise ProblemError(429, detail, headers={"Retry-After": RETRY_SECONDS})
            self._queue.append((item, future))
            if not self._idle and len(self._threads) < self._count:
                thread = threading.Thread(target=self._run, name=f"{self._name}-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify()
        return future

    def close(self, seconds: float | None = None) -> None:
        """Take nothing more, finish what waits and end the threads; wait so long at most."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(seconds)

    def _run(self) -> None:
        while True:  # ends with `close`, once nothing waits
            with self._changed:
                self._idle += 1
                while not self._queue and not self._closed:
                    self._changed.wait()
                self._idle -= 1
                if not self._queue:
                    return
                taken = [self._queue.popleft() for _ in range(self._share())]
            wanted = [(item, future) for item, future in taken if not future.cancelled()]
            if wanted:
                self._do(wanted)

    def _share(self) -> int:
        # What other threads could do at the same time is left to them.
        able = 1 + self._idle
        return min(self._batch, -(-len(self._queue) // able))

    def _do(self, wanted: Sequence[tuple[Item, "asyncio.Future[Result]"]]) -> None:
        results: Sequence[Result | Exception]
        try:
            results = self._work([item for item, _ in wanted])
        except Exception as error:
            results = [error] * len(wanted)
        settled = [(future, result) for (_, future), result in zip(wanted, results, strict=True)]
        try:
            settled[0][0].get_loop().call_soon_threadsafe(_settle, settled)
        except RuntimeError:  # the loop has ended: nobody waits any more
            return


def _settle(settled: Sequence[tuple["asyncio.Future[Any]", Any]]) -> None:
    for future, result in settled:
        if future.done():
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
