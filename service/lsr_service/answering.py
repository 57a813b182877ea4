"""Some searches of one index at once: encoded together, searched together where they want the same, then fetched.

Runs in a thread of a lane. One search that fails does not hurt the others.
"""

import time
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scipy.sparse import csr_array

from lsr.retriever import Hit, Retriever, TermScore
from lsr_index import vectors
from lsr_index.errors import InputError
from lsr_index.index import Hits
from lsr_service.asked import Asked, Found, Fragment
from lsr_service.highlighting import Highlighter

SOON_MS = 0.001
"""What the engine is given when no time is left: it looks at the first superblocks and ends."""
FETCHED = 16
"""Documents fetched between two looks at the clock: each may have a row group decoded first."""


@dataclass(slots=True)
class _Task:
    asked: Asked
    row: csr_array | None = None
    """The query as a row of vectors."""
    number: int = 0
    """Of its row among those that were encoded with it."""
    error: Exception | None = None
    hits: Hits | None = None
    search_ms: float = 0.0
    timings: dict[str, float] = field(default_factory=dict)


def answer(retriever: Retriever, asked: Sequence[Asked], limit_ms: float) -> list[Found | Exception]:
    """Answer searches.

    Args:
        retriever: The index and its encoder.
        asked: The searches.
        limit_ms: Time limit of those that set none.
    """
    begun = time.monotonic()
    tasks = [_Task(each) for each in asked]
    texts = [task for task in tasks if isinstance(task.asked.query, str)]
    tokens = [task for task in tasks if not isinstance(task.asked.query, str)]
    for some in (texts, tokens):
        _search(retriever, some, limit_ms)
    answers: list[Found | Exception] = []
    for task in tasks:
        task.timings["queue"] = 1000 * (begun - task.asked.begun)
        try:
            answers.append(task.error or _finish(retriever, task, limit_ms))
        except Exception as error:
            answers.append(error)
    return answers


def _search(retriever: Retriever, tasks: Sequence[_Task], limit_ms: float) -> None:
    if not tasks:
        return
    begun = time.monotonic()
    try:
        rows = _encode(retriever, [task.asked.query for task in tasks])
    except Exception as error:
        for task in tasks:
            task.error = error
        return
    encoded_ms = 1000 * (time.monotonic() - begun)
    groups: dict[Hashable, list[_Task]] = defaultdict(list)
    for number, task in enumerate(tasks):
        task.timings["encode"], task.number = encoded_ms, number
        groups[_kind(task)].append(task)
    for group in groups.values():
        together = rows if len(group) == len(tasks) else rows[[task.number for task in group]]
        for task in group:
            task.row = rows
        _search_alike(retriever, group, together, limit_ms)


def _encode(retriever: Retriever, queries: Sequence[str | Mapping[str, float]]) -> csr_array:
    texts = [query for query in queries if isinstance(query, str)]
    if texts:
        return retriever.encoder.encode_queries(texts)
    weights = [query for query in queries if not isinstance(query, str)]
    return vectors.from_terms(weights, retriever.index.vocabulary)


def _kind(task: _Task) -> Hashable:
    # Searches with a time limit of their own go alone: the limit holds for all that are searched together.
    asked = task.asked
    own = id(task) if asked.timeout_ms is not None else None
    wanted = None if asked.filter is None else str(asked.filter)
    return asked.start + asked.size, wanted, asked.mode, asked.limits, asked.rescore, own


def _search_alike(retriever: Retriever, group: Sequence[_Task], rows: csr_array, limit_ms: float) -> None:
    asked = group[0].asked
    begun = time.monotonic()
    left_ms = 1000 * (min(_deadline(task.asked, limit_ms) for task in group) - begun)
    try:
        found = retriever.index.search(
            rows,
            asked.start + asked.size,
            filter=asked.filter,
            mode=asked.mode,
            limits=asked.limits,
            rescore=asked.rescore,
            timeout_ms=max(SOON_MS, left_ms),
        )
    except Exception as error:
        for task in group:
            task.error = error
        return
    took_ms = 1000 * (time.monotonic() - begun)
    for task, hits in zip(group, found, strict=True):
        task.hits, task.timings["search"] = hits, took_ms


def _deadline(asked: Asked, limit_ms: float) -> float:
    return asked.begun + (limit_ms if asked.timeout_ms is None else asked.timeout_ms) / 1000


def _finish(retriever: Retriever, task: _Task, limit_ms: float) -> Found:
    asked, found, rows = task.asked, task.hits, task.row
    assert found is not None
    assert rows is not None
    begun, index = time.monotonic(), retriever.index
    row = rows[[task.number]] if asked.explain or asked.highlight else None
    highlighter = Highlighter(retriever.encoder, row) if asked.highlight and _has_model(retriever) else None
    hits: list[Hit] = []
    highlights: list[Mapping[str, list[Fragment]]] = []
    end, partial = len(found), found.late
    for first in range(asked.start, end, FETCHED):
        if time.monotonic() > _deadline(asked, limit_ms):
            partial = True
            break
        stop = min(end, first + FETCHED)
        some = _fetch(retriever, found, first, stop, stored=asked.stored or asked.highlight)
        if asked.explain:
            assert row is not None
            some = [_explained(retriever, hit, row, found, first + n) for n, hit in enumerate(some)]
        hits += some
        if highlighter is not None:
            highlights += highlighter.mark(some)
    task.timings["fetch"] = 1000 * (time.monotonic() - begun)
    tokens = _terms(retriever, row) if asked.explain and row is not None else []
    ignored = [] if isinstance(asked.query, str) else [term for term in asked.query if term not in index.vocabulary]
    complete = not partial and end < asked.start + asked.size
    return Found(hits, highlights, end, complete, partial, index.manifest.generation, tokens, ignored, task.timings)


def _fetch(retriever: Retriever, found: Hits, first: int, stop: int, *, stored: bool) -> list[Hit]:
    numbers, scores = found.numbers[first:stop], found.scores[first:stop].tolist()
    if not stored:
        return [Hit(name, score) for name, score in zip(retriever.index.ids(numbers), scores, strict=True)]
    return [
        Hit(document.id, score, document.title, document.text, document.fields)
        for document, score in zip(retriever.index.fetch(numbers), scores, strict=True)
    ]


def _explained(retriever: Retriever, hit: Hit, row: csr_array, found: Hits, place: int) -> Hit:
    parts = contributions(retriever, row, int(found.numbers[place]), exact=found.rescored)
    return Hit(hit.id, hit.score, hit.title, hit.text, hit.fields, parts)


def contributions(retriever: Retriever, row: csr_array, number: int, *, exact: bool = False) -> list[TermScore]:
    """Break the score of a document down, largest product first.

    Args:
        retriever: The index.
        row: The query, shape (1, V).
        number: Of the document.
        exact: With exact weights, where scores are of those.
    """
    terms = retriever.index.vocabulary.terms
    return [TermScore(terms[term], *weights) for term, *weights in retriever.index.explain(row, number, exact=exact)]


def _terms(retriever: Retriever, row: csr_array) -> list[tuple[str, float]]:
    ids, weights = vectors.row_terms(row, 0)
    terms: Any = retriever.index.vocabulary.terms
    pairs = [(terms[term], weight) for term, weight in zip(ids.tolist(), weights.tolist(), strict=True)]
    return sorted(pairs, key=lambda pair: -pair[1])


def _has_model(retriever: Retriever) -> bool:
    try:
        return retriever.encoder is not None
    except (InputError, ValueError):
        return False
