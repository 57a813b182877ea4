"""n-tuples of ids over any corpus: `qid pos neg1 neg2 …`, separated by tabs or as JSON lines.

A JSON line is `{"query_id": …, "positive": …, "negatives": […]}` or `[qid, pos, neg1, …]`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lsr.corpus import loading, queries
from lsr.training.data.examples import Source, positives
from lsr.training.data.table import ExampleTable
from lsr_index.errors import InputError
from lsr_index.exchange import lines


def load(path: Path, corpus: str, query_file: Path, *, weight: float | None = None, name: str | None = None) -> Source:
    """Read tuples, and the texts that they name.

    Args:
        path: The tuples, `.tsv` or `.jsonl`, `.gz` or plain.
        corpus: Whatever `lsr index` takes.
        query_file: JSON lines or id<TAB>text.
        weight: Share of the batches; by default the number of tuples.
        name: What the source is called; by default after the file.

    Raises:
        InputError: if a line is malformed, or a file does not exist.
    """
    examples = ExampleTable(_rows(path))
    documents = {document.id: document.contents for document in loading.load(corpus)}
    return Source(
        name or path.name.partition(".")[0],
        float(len(examples)) if weight is None else weight,
        queries.read(query_file),
        documents,
        examples,
        positives(examples),
    )


def _rows(path: Path) -> Iterator[tuple[str, ...]]:
    as_json = ".json" in path.name
    for number, line in lines.read_lines(path):
        where = f"{path}:{number}"
        row = _from_json(line, where) if as_json else tuple(line.rstrip("\r\n").split("\t"))
        if len(row) < 2 or not all(row):
            raise InputError(f"{where}: expected a query id, a positive's id and negatives' ids, found {len(row)} ids")
        yield row


def _from_json(line: str, where: str) -> tuple[str, ...]:
    try:
        value: Any = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where}: not valid JSON: {error}") from error
    if isinstance(value, dict):
        negatives = value.get("negatives") or []
        value = [value.get("query_id"), value.get("positive"), *(negatives if isinstance(negatives, list) else [None])]
    if not isinstance(value, list) or not all(isinstance(text_id, (str, int)) for text_id in value):
        raise InputError(f"{where}: expected query_id, positive and negatives, each an id")
    return tuple(str(text_id) for text_id in value)
