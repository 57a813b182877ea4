"""Queries as tokens: a term is repeated as often as its weight says.

Two forms, told apart line by line: Anserini's `id<TAB>term term term` and PISA's (and BMP's) `id:term term term`.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from lsr_index.errors import InputError
from lsr_index.exchange import lines

TAB, COLON = "\t", ":"
"""What stands behind the id: Anserini's form, PISA's form."""


def read(path: Path) -> dict[str, dict[str, float]]:
    """Return `{query id: {term: weight}}` in the file's order; a query without terms has an empty mapping.

    Raises:
        InputError: if there are none, a line has no id, or an id occurs twice.
    """
    queries: dict[str, dict[str, float]] = {}
    for number, text in lines.read_lines(path):
        query_id, found, terms = text.rstrip("\r\n").partition(TAB if TAB in text else COLON)
        # Before a colon, words are no id but the beginning of a text.
        if not query_id or not found or (found == COLON and query_id.split() != [query_id]):
            raise InputError(f"{path}:{number}: expected id<TAB>term term … or id:term term …")
        if query_id in queries:
            raise InputError(f"{path}:{number}: the query id {query_id!r} occurs twice")
        queries[query_id] = {term: float(count) for term, count in Counter(terms.split()).items()}
    if not queries:
        raise InputError(f"{path} has no queries")
    return queries


def line(query_id: str, weights: Iterable[tuple[str, float]], factor: float, separator: str = TAB) -> str:
    """Format one query; each term is repeated round(weight × factor) times.

    Args:
        query_id: Its id.
        weights: `(term, weight)`.
        factor: Repetitions of a term of weight 1.
        separator: `TAB` or `COLON`.

    Raises:
        InputError: if the id has the separator or white space, or a term white space, which the form cannot carry.
    """
    if set(query_id) & {separator, "\n", "\r"} or (separator == COLON and query_id.split() != [query_id]):
        raise InputError(f"the query id {query_id!r} has {separator!r} or white space, which its form cannot carry")
    words: list[str] = []
    for term, weight in weights:
        if term.split() != [term]:
            raise InputError(f"the term {term!r} has white space, which token queries cannot carry; write Parquet")
        words += [term] * round(weight * factor)
    return f"{query_id}{separator}{' '.join(words)}\n"
