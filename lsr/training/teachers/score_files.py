"""Files of scores that others have computed, one (query, document, score) at a time.

| a line | what it is |
|---|---|
| `qid Q0 docid rank score tag` | a TREC run |
| `qid docid score` | columns, by tabs or blanks |
| `{"query_id", "document_id", "score"}` | JSON, a pair a line |
| `{"query_id", "scores": {docid: score}}` | JSON, a query a line |
| `{"query_id", "documents": […], "scores": […]}` | the same in two lists; also `negatives` for `documents` |
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lsr_index.errors import InputError
from lsr_index.exchange import lines

Scored = tuple[str, str, float]
QUERY, DOCUMENT, LISTS = ("query_id", "qid"), ("document_id", "doc_id", "docid", "did"), ("documents", "negatives")


def read(path: Path) -> Iterator[Scored]:
    """Yield `(query id, document id, score)` in the file's order.

    Raises:
        InputError: if a line is malformed or a score is no finite number.
    """
    as_json = ".json" in path.name
    for number, line in lines.read_lines(path):
        where = f"{path}:{number}"
        for query, document, score in _from_json(line, where) if as_json else [_from_columns(line, where)]:
            yield query, document, _finite(score, where)


def _from_columns(line: str, where: str) -> tuple[str, str, Any]:
    cells = line.rstrip("\r\n").split("\t")
    cells = cells if len(cells) > 1 else line.split()
    if len(cells) == 3:
        return cells[0], cells[1], cells[2]
    if len(cells) == 6:
        return cells[0], cells[2], cells[4]
    raise InputError(f"{where}: {len(cells)} columns; expected qid, docid, score, or the six columns of a TREC run")


def _from_json(line: str, where: str) -> list[tuple[str, str, Any]]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where}: not valid JSON: {error}") from error
    if not isinstance(record, dict):
        raise InputError(f"{where}: expected a JSON object, found {type(record).__name__}")
    query, scores = str(lines.pick(record, QUERY, where)), record.get("scores")
    if isinstance(scores, dict):
        return [(query, str(document), score) for document, score in scores.items()]
    if isinstance(scores, list):
        documents = lines.pick(record, LISTS, where)
        if not isinstance(documents, list) or len(documents) != len(scores):
            raise InputError(f"{where}: documents and scores must be lists of one length")
        return [(query, str(document), score) for document, score in zip(documents, scores, strict=True)]
    return [(query, str(lines.pick(record, DOCUMENT, where)), lines.pick(record, ("score",), where))]


def _finite(score: Any, where: str) -> float:
    try:
        value = float(score)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{where}: the score is {score!r}, it must be a finite number")
    return value
