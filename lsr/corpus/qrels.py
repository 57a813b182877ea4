"""Relevance judgements: BEIR's three columns `query-id corpus-id score` or TREC's four `qid iteration docid grade`."""

from pathlib import Path

from lsr_index.errors import InputError
from lsr_index.exchange.lines import read_lines

Qrels = dict[str, dict[str, int]]
"""`{query id: {document id: grade}}`."""

BEIR_HEADER = ["query-id", "corpus-id", "score"]


def read(path: Path) -> Qrels:
    """Read judgements in the file's order; the number of columns tells the format.

    A pair that occurs twice with the same grade counts once.

    Raises:
        InputError: if there are none, a line is malformed, or a pair occurs with two grades.
    """
    qrels: Qrels = {}
    width = 0
    for number, line in read_lines(path):
        cells = _cells(line)
        if not qrels and [cell.lower() for cell in cells] == BEIR_HEADER:
            continue
        width = width or len(cells)
        if len(cells) != width or width not in (3, 4):
            raise InputError(
                f"{path}:{number}: {len(cells)} columns; expected query-id, corpus-id, score on every line, or TREC's "
                "qid, iteration, docid, grade"
            )
        query_id, document_id = cells[0], cells[-2]
        if not query_id or not document_id:
            raise InputError(f"{path}:{number}: an id is empty")
        grade = _grade(cells[-1], f"{path}:{number}")
        if qrels.setdefault(query_id, {}).setdefault(document_id, grade) != grade:
            raise InputError(
                f"{path}:{number}: query {query_id!r} and document {document_id!r} were judged "
                f"{qrels[query_id][document_id]} before and {grade} here"
            )
    if not qrels:
        raise InputError(f"{path} has no judgements")
    return qrels


def _cells(line: str) -> list[str]:
    # Tabs first: BEIR ids may contain spaces. TREC files use any white space.
    cells = line.rstrip("\r\n").split("\t")
    return cells if len(cells) > 1 else line.split()


def _grade(text: str, where: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise InputError(f"{where}: the grade is {text!r}, it must be a whole number") from error
