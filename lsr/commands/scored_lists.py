"""Files of what `lsr mine` and `lsr score` find: a query a line, its documents and their scores."""

import json
from collections.abc import Iterable
from pathlib import Path

from lsr_index import durable
from lsr_index.errors import InputError


def check(output: Path, overwrite: bool) -> None:
    """See that a file may be written, before hours of work.

    Raises:
        InputError: if something stands there.
    """
    if output.exists() and not overwrite:
        raise InputError(f"{output} exists; choose another name, or add --overwrite")


def write(output: Path, name: str, rows: Iterable[tuple[str, str, list[str], list[float]]]) -> tuple[int, int]:
    """Write a file, whole or not at all; returns the numbers of queries and of documents.

    Args:
        output: The file.
        name: Of the key that has the documents: `negatives` or `documents`.
        rows: What goes before the ids, the query's id, the documents' ids and their scores.
    """
    lines, documents = [], 0
    for prefix, query, ids, scores in rows:
        record = {
            "query_id": prefix + query,
            name: [prefix + document for document in ids],
            "scores": [round(score, 6) for score in scores],
        }
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
        documents += len(ids)
    output.parent.mkdir(parents=True, exist_ok=True)
    durable.replace(output, "".join(lines).encode())
    return len(lines), documents
