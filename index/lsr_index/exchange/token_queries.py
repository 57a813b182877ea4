"""Queries as Anserini reads them: `id<TAB>term term term`, a term repeated as often as its weight says."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from lsr_index.errors import InputError
from lsr_index.exchange import lines


def read(path: Path) -> dict[str, dict[str, float]]:
    """Return `{query id: {term: weight}}` in the file's order; a query without terms has an empty mapping.

    Raises:
        InputError: if there are none, a line has no tab, or an id occurs twice.
    """
    queries: dict[str, dict[str, float]] = {}
    for number, text in lines.read_lines(path):
        query_id, tab, terms = text.rstrip("\r\n").partition("\t")
        if not tab or not query_id:
            raise InputError(f"{path}:{number}: expected id<TAB>term term …")
        if query_id in queries:
            raise InputError(f"{path}:{number}: the query id {query_id!r} occurs twice")
        queries[query_id] = {term: float(count) for term, count in Counter(terms.split()).items()}
    if not queries:
        raise InputError(f"{path} has no queries")
    return queries


def line(query_id: str, weights: Iterable[tuple[str, float]], factor: float) -> str:
    """Format one query; each term is repeated round(weight × factor) times.

    Raises:
        InputError: if the id or a term has white space, which this format cannot carry.
    """
    words: list[str] = []
    for term, weight in weights:
        if term.split() != [term]:
            raise InputError(f"the term {term!r} has white space, which token queries cannot carry; write Parquet")
        words += [term] * round(weight * factor)
    if "\t" in query_id or "\n" in query_id:
        raise InputError(f"the query id {query_id!r} has a tab or line break, which token queries cannot carry")
    return f"{query_id}\t{' '.join(words)}\n"
