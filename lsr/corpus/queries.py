"""Queries from JSON lines (`_id|id`, `text`) or tab-separated lines (`id<TAB>text`)."""

from pathlib import Path

from lsr.corpus import jsonl
from lsr_index.errors import InputError
from lsr_index.exchange import lines


def read(path: Path) -> dict[str, str]:
    """Return `{query id: text}` in the file's order.

    Raises:
        InputError: if there are none, a line is malformed or an id occurs twice.
    """
    pairs = _from_jsonl(path) if ".jsonl" in path.name or ".json" in path.name else _from_tsv(path)
    queries: dict[str, str] = {}
    for where, query_id, text in pairs:
        if query_id in queries:
            raise InputError(f"{where}: the query id {query_id!r} occurs twice")
        queries[query_id] = text
    if not queries:
        raise InputError(f"{path} has no queries")
    return queries


def _from_jsonl(path: Path) -> list[tuple[str, str, str]]:
    documents = [(where, jsonl.to_document(record, where)) for where, record in lines.read_objects(path)]
    return [(where, document.id, document.text) for where, document in documents]


def _from_tsv(path: Path) -> list[tuple[str, str, str]]:
    rows = []
    for number, line in lines.read_lines(path):
        query_id, tab, text = line.rstrip("\r\n").partition("\t")
        if not tab or not query_id:
            raise InputError(f"{path}:{number}: expected id<TAB>text")
        rows.append((f"{path}:{number}", query_id, text))
    return rows
