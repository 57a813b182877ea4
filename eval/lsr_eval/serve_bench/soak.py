"""Searches and writes for minutes, with a kill in the middle: nothing fails, memory stays flat, no write is lost.

Every client writes documents of its own, so what a document must be afterwards is what its client was last told. Only
a write whose answer the kill cut off may be there or not.
"""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import orjson

from lsr_eval.serve_bench.clients import Answer, Connection, request
from lsr_eval.serve_bench.server import Server, serving

NAME = "soak"
WRITES, DELETIONS = 0.1, 0.2
"""Share of writes among requests, and of deletions among writes."""
SAMPLE_SECONDS = 1.0
FOUND_WITHIN = 1000
"""Ranks in which a written document must be found by its own text: others may have the same."""


@dataclass
class Ledger:
    """What the service has acknowledged."""

    texts: dict[str, str | None] = field(default_factory=dict)
    """By id; None where the document was deleted."""
    unsure: dict[str, str | None] = field(default_factory=dict)
    """What was asked for and not answered."""


@dataclass
class Soak:
    """What came of it."""

    searches: int = 0
    writes: int = 0
    deletions: int = 0
    failures: list[str] = field(default_factory=list)
    """Answers that should not be, in words."""
    broken: int = 0
    """Requests that the kill cut off."""
    kept: int = 0
    """Acknowledged writes and deletions that are as they must be afterwards."""
    lost: list[str] = field(default_factory=list)
    """Ids of those that are not."""
    searchable: int = 0
    """Of the sampled documents, those found by their own text."""
    sampled: int = 0
    memory: list[list[int]] = field(default_factory=list)
    """Bytes of the process every second, a list for each start."""


def soak(
    index: Path,
    queries: Sequence[str],
    texts: Sequence[str],
    *,
    clients: int,
    seconds: float,
    tell: Callable[[str], None] = lambda _: None,
) -> Soak:
    """Put an index under load, kill its service half-way, start it again, go on, and look at what is left.

    Args:
        index: Is changed; give a copy.
        queries: What is searched.
        texts: What is written.
        clients: How many.
        seconds: Of both halves together.
        tell: Called with a line whenever something long begins.

    Raises:
        ServerFailedError: if the service does not start, or not again.
    """
    found, ledgers = Soak(), [Ledger() for _ in range(clients)]
    for half in range(2):
        tell(f"half {half + 1} of 2, {seconds / 2:g} s")
        with serving({NAME: index}) as server:
            asyncio.run(_half(server, queries, texts, ledgers, found, half=half, seconds=seconds / 2))
    tell("looking at what is left")
    with serving({NAME: index}) as server:
        asyncio.run(_check(server.port, ledgers, found))
    return found


async def _half(
    server: Server,
    queries: Sequence[str],
    texts: Sequence[str],
    ledgers: Sequence[Ledger],
    found: Soak,
    *,
    half: int,
    seconds: float,
) -> None:
    dies = half == 0
    end = time.monotonic() + seconds
    watching = asyncio.create_task(_watch(server, found, end))
    clients = [
        asyncio.create_task(_client(server, queries, texts, ledger, found, f"{half}-{number}", end, dies=dies))
        for number, ledger in enumerate(ledgers)
    ]
    if dies:
        await asyncio.sleep(max(0.0, end - time.monotonic() - 0.5))
        server.kill()  # while all of them wait for answers
    await asyncio.gather(*clients)
    await watching


async def _watch(server: Server, found: Soak, end: float) -> None:
    samples: list[int] = []
    found.memory.append(samples)
    while time.monotonic() < end and (held := server.memory()) is not None:
        samples.append(held)
        await asyncio.sleep(SAMPLE_SECONDS)


async def _client(
    server: Server,
    queries: Sequence[str],
    texts: Sequence[str],
    ledger: Ledger,
    found: Soak,
    name: str,
    end: float,
    *,
    dies: bool,
) -> None:
    chance = random.Random(name)
    connection = await Connection.open(server.port)
    try:
        while time.monotonic() < end:
            if chance.random() >= WRITES:
                body = {"query": chance.choice(queries), "size": 10}
                answer = await connection.ask(request("POST", f"/v1/indexes/{NAME}/search", body))
                found.searches += 1
            else:
                answer = await _write(connection, ledger, found, name, texts, chance)
            if answer.status >= 300:
                found.failures.append(f"{answer.status} {answer.body[:200].decode(errors='replace')}")
    except (OSError, asyncio.IncompleteReadError) as error:
        if dies and server.process.poll() is not None:
            found.broken += 1
        else:
            found.failures.append(f"the connection broke: {error!r}")
    finally:
        connection.close()


async def _write(
    connection: Connection, ledger: Ledger, found: Soak, name: str, texts: Sequence[str], chance: random.Random
) -> Answer:
    there = [key for key, text in ledger.texts.items() if text is not None]
    if there and chance.random() < DELETIONS:
        key, text, method, body = chance.choice(there), None, "DELETE", None
    else:
        # Some are written again, with another text.
        key = chance.choice(there) if there and chance.random() < 0.3 else f"written-{name}-{len(ledger.texts)}"
        text, method = chance.choice(texts), "PUT"
        body = {"text": text}
    ledger.unsure[key] = text
    answer = await connection.ask(request(method, _path(key), body))
    del ledger.unsure[key]
    if answer.status < 300:
        ledger.texts[key] = text
        found.writes += text is not None
        found.deletions += text is None
    return answer


async def _check(port: int, ledgers: Sequence[Ledger], found: Soak) -> None:
    connection = await Connection.open(port)
    left: list[tuple[str, str]] = []
    for ledger in ledgers:
        for key, text in ledger.texts.items():
            answer = await connection.ask(request("GET", _path(key)))
            stored = orjson.loads(answer.body)["source"]["text"] if answer.status == 200 else None
            wanted = {text, ledger.unsure[key]} if key in ledger.unsure else {text}
            if stored not in wanted or answer.status not in (200, 404):
                found.lost.append(key)
                continue
            found.kept += 1
            if stored is not None and stored == text:
                left.append((key, stored))
    for key, text in random.Random(0).sample(left, min(200, len(left))):
        body = {"query": text[:500], "size": FOUND_WITHIN, "fields": []}
        answer = await connection.ask(request("POST", f"/v1/indexes/{NAME}/search", body))
        hits: list[Mapping[str, str]] = orjson.loads(answer.body).get("hits", [])
        if not hits:  # none of its words is a term of the index
            continue
        found.sampled += 1
        found.searchable += any(hit["id"] == key for hit in hits)
    connection.close()


def _path(key: str) -> str:
    return f"/v1/indexes/{NAME}/documents/{quote(key, safe='')}"
