"""Mined negatives, as `lsr mine` writes them: `{"query_id", "negatives": […], "scores": […]}`, a line a query."""

from pathlib import Path

from lsr.training.data.examples import Source
from lsr.training.data.selection import with_negatives
from lsr_index.errors import InputError
from lsr_index.exchange import lines


def read(path: Path) -> dict[str, tuple[str, ...]]:
    """Return `{query id: ids of its negatives}`.

    Raises:
        InputError: if a line is malformed or a query occurs twice.
    """
    found: dict[str, tuple[str, ...]] = {}
    for where, record in lines.read_objects(path):
        query, negatives = record.get("query_id"), record.get("negatives")
        if not isinstance(query, str) or not isinstance(negatives, list):
            raise InputError(f"{where}: expected query_id and a list of negatives")
        if not all(isinstance(negative, str) for negative in negatives):
            raise InputError(f"{where}: the negatives must be ids, as strings")
        if query in found:
            raise InputError(f"{where}: the query {query!r} occurs twice")
        found[query] = tuple(negatives)
    return found


def join(source: Source, path: Path) -> Source:
    """Give a source the negatives of a file, for the queries that the file has.

    Ids are the source's own, or `source/id` where one file serves several sources.

    Raises:
        InputError: if the file has no query of the source, or names documents that the source lacks.
    """
    prefix = f"{source.name}/"
    negatives: dict[str, tuple[str, ...]] = {}
    missing: list[str] = []
    for query, documents in read(path).items():
        own = query.removeprefix(prefix) if query.removeprefix(prefix) in source.queries else None
        if own is None:
            continue
        local = tuple(document.removeprefix(prefix) for document in documents)
        missing += [document for document in local if document not in source.documents]
        negatives[own] = local
    if not negatives:
        raise InputError(f"{path} has negatives for no query of the source {source.name}")
    if missing:
        raise InputError(
            f"{path} names {len(missing)} documents that the source {source.name} lacks, the first is {missing[0]!r}; "
            "mine again from this source"
        )
    return with_negatives(source, negatives)
