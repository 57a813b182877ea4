"""Runs: what a system found for each query, as TREC's `qid Q0 docid rank score tag` lines."""

import math
from collections.abc import Mapping
from pathlib import Path

from lsr_index.errors import InputError
from lsr_index.exchange.lines import read_lines

Run = dict[str, dict[str, float]]
"""`{query id: {document id: score}}`, best first."""


def write(path: Path, run: Mapping[str, Mapping[str, float]], tag: str = "lsr") -> None:
    """Write a run, in the order of the mappings; ranks count from 1.

    Scores are written with all their digits: what is read back is the same number. A query without hits leaves no line.

    Raises:
        InputError: if an id or the tag cannot stand in this format.
    """
    check_id(tag, "tag")
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for query_id, hits in run.items():
            check_id(query_id, "query id")
            for rank, (document_id, score) in enumerate(hits.items(), 1):
                check_id(document_id, "document id")
                file.write(f"{query_id} Q0 {document_id} {rank} {float(score)!r} {tag}\n")


def check_id(value: str, what: str) -> None:
    """Refuse what would break the columns of a run.

    Raises:
        InputError: if it is empty or has white space.
    """
    if value.split() != [value]:
        raise InputError(f"the {what} {value!r} is empty or has white space, which TREC runs cannot carry; rename it")


def read(path: Path) -> Run:
    """Read a run; the scores decide the order, as in trec_eval, not the ranks and not the lines.

    Raises:
        InputError: if there are no lines, a line is malformed, or a document occurs twice for a query.
    """
    run: Run = {}
    for number, line in read_lines(path):
        where = f"{path}:{number}"
        cells = line.split()
        if len(cells) != 6:
            raise InputError(f"{where}: {len(cells)} columns; a TREC run has 6: qid Q0 docid rank score tag")
        query_id, _, document_id, rank, score, _ = cells
        if not rank.isdecimal():
            raise InputError(f"{where}: the rank is {rank!r}, it must be a whole number (qid Q0 docid rank score tag)")
        hits = run.setdefault(query_id, {})
        if document_id in hits:
            raise InputError(f"{where}: document {document_id!r} occurs twice for query {query_id!r}")
        hits[document_id] = _score(score, where)
    if not run:
        raise InputError(f"{path} has no results")
    return {query: dict(sorted(hits.items(), key=lambda hit: -hit[1])) for query, hits in run.items()}


def check_queries(run: Mapping[str, object], qrels: Mapping[str, object], source: str) -> None:
    """Refuse a run without a single query that was judged; one without any query is no other dataset's run.

    Raises:
        InputError: if it has queries, and the judgements none of them.
    """
    if run and not any(query in qrels for query in run):
        raise InputError(
            f"{source}: none of its {len(run)} queries is judged: its first is {next(iter(run))!r}, the judgements' "
            f"{next(iter(qrels), None)!r}; name the dataset and split that it is a run of"
        )


def without_self(run: Mapping[str, Mapping[str, float]]) -> Run:
    """Drop hits whose id is the query's own, for collections whose queries are documents of the corpus."""
    return {query: {hit: score for hit, score in hits.items() if hit != query} for query, hits in run.items()}


def _score(text: str, where: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        raise InputError(f"{where}: the score is {text!r}, it must be a finite number")
    return score
