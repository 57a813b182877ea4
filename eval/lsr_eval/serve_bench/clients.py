"""Clients in a closed loop: each sends its next request as soon as the last one is answered.

The HTTP client is as little as HTTP/1.1 needs, since it shares the machine's cores with the service that it measures.
"""

import asyncio
import itertools
import json
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from lsr_eval.serve_bench.server import HOST

T = TypeVar("T")


@dataclass
class Load:
    """What some clients saw."""

    seconds: float
    """That the load lasted."""
    times: list[float] = field(default_factory=list)
    """Seconds of every answered request."""
    failures: int = 0
    """Answers other than 200."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes


class Connection:
    """One connection that is kept.

    connection = await Connection.open(port)
    answer = await connection.ask(request("POST", "/v1/search", {"query": "cats"}))
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> "Connection":
        """Connect."""
        return cls(*await asyncio.open_connection(HOST, port))

    async def ask(self, request: bytes) -> Answer:
        """Send a whole request and wait for the whole answer, whose length its head must tell.

        Raises:
            OSError: if the connection breaks.
            asyncio.IncompleteReadError: if it ends too early.
        """
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line[:15].lower() == b"content-length:":
                length = int(line[15:])
        body = await self._reader.readexactly(length) if length else b""
        return Answer(int(head[9:12]), body)

    def close(self) -> None:
        """Disconnect."""
        self._writer.close()


def request(method: str, path: str, body: object = None) -> bytes:
    """Return a request as it goes over the wire; the body is sent as JSON."""
    content = b"" if body is None else json.dumps(body).encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def of_service(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> Load:
    """Load a service; every client walks over all requests from a place of its own."""
    return asyncio.run(_of_service(port, requests, clients, seconds))


async def _of_service(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> Load:
    load = Load(seconds)
    connections = [await Connection.open(port) for _ in range(clients)]
    end = time.perf_counter() + seconds
    await asyncio.gather(
        *(
            _client(connection, _from_place(requests, number, clients), end, load)
            for number, connection in enumerate(connections)
        )
    )
    for connection in connections:
        connection.close()
    return load


async def _client(connection: Connection, requests: Iterator[bytes], end: float, load: Load) -> None:
    while (begun := time.perf_counter()) < end:
        answer = await connection.ask(next(requests))
        load.times.append(time.perf_counter() - begun)
        load.failures += answer.status != 200


def of_engine(search: Callable[[str], object], texts: Sequence[str], clients: int, seconds: float) -> Load:
    """Load an engine in this process: a thread a client."""
    load, times = Load(seconds), queue.SimpleQueue[float]()
    end = time.perf_counter() + seconds

    def client(given: Iterator[str]) -> None:
        while (begun := time.perf_counter()) < end:
            search(next(given))
            times.put(time.perf_counter() - begun)

    threads = [
        threading.Thread(target=client, args=(_from_place(texts, number, clients),)) for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while not times.empty():
        load.times.append(times.get())
    return load


def _from_place(items: Sequence[T], number: int, clients: int) -> Iterator[T]:
    first = number * len(items) // clients
    return itertools.cycle([*items[first:], *items[:first]])
