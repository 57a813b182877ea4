"""Pairs as JSON lines: `{"source", "query_id", "doc_id", "query", "title", "text"}`, a line a pair.

`source` and `title` may be left out. Documents of equal text within a source are one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lsr.training.data.examples import Example, Source, positives
from lsr_index.documents import Document
from lsr_index.errors import InputError
from lsr_index.exchange import lines

REQUIRED = ("query_id", "doc_id", "query", "text")


@dataclass
class _Collected:
    queries: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    """Of all documents; `documents` has one of those that are equal."""
    documents: dict[str, str] = field(default_factory=dict)
    by_text: dict[str, str] = field(default_factory=dict)
    examples: dict[Example, None] = field(default_factory=dict)


def load(path: Path, weights: Mapping[str, float] | None = None, name: str | None = None) -> list[Source]:
    """Read a file into one source for each value of `source`, in the file's order.

    Args:
        path: The file, `.gz` or plain.
        weights: Which values to take, and their weights; by default all, by their number of pairs.
        name: What pairs without a `source` are called; by default after the file.

    Raises:
        InputError: if a line is malformed, an id has two texts, or a wanted source does not occur.
    """
    found: dict[str, _Collected] = {}
    for where, record in lines.read_objects(path):
        source = record.get("source") or name or path.name.partition(".")[0]
        if not isinstance(source, str):
            raise InputError(f"{where}: source is {source!r}, it must be a string")
        if weights is None or source in weights:
            _add(found.setdefault(source, _Collected()), record, where)
    lacking = [source for source in weights or () if source not in found]
    if lacking:
        raise InputError(f"{path} has no pairs of the source {lacking[0]!r}; it has: {', '.join(_names(path))}")
    if not found:
        raise InputError(f"{path} has no pairs")
    return [
        Source(
            source,
            float(len(collected.examples)) if weights is None else weights[source],
            collected.queries,
            collected.documents,
            list(collected.examples),
            positives(list(collected.examples)),
        )
        for source, collected in found.items()
    ]


def _add(collected: _Collected, record: dict[str, Any], where: str) -> None:
    for name in REQUIRED:
        if not isinstance(record.get(name), str) or (name.endswith("_id") and not record[name]):
            raise InputError(f"{where}: {name} is {record.get(name)!r}, it must be a string")
    title = record.get("title") or ""
    if not isinstance(title, str):
        raise InputError(f"{where}: title is {title!r}, it must be a string")
    query, document = record["query_id"], record["doc_id"]
    if collected.queries.setdefault(query, record["query"]) != record["query"]:
        raise InputError(f"{where}: the query {query!r} had another text before")
    text = Document(document, record["text"], title).contents
    if collected.texts.setdefault(document, text) != text:
        raise InputError(f"{where}: the document {document!r} had another text before")
    known = collected.by_text.setdefault(text, document)
    collected.documents.setdefault(known, text)
    collected.examples[Example(query, known)] = None


def _names(path: Path) -> list[str]:
    return sorted({str(record.get("source")) for _, record in lines.read_objects(path)})
