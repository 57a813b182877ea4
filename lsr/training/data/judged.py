"""From judgements to examples: every positive is one, documents judged irrelevant are its hard negatives."""

from collections.abc import Mapping

from lsr.training.data.examples import Example, Source, Texts
from lsr_index.errors import InputError


def source(
    name: str,
    queries: Texts,
    documents: Texts,
    qrels: Mapping[str, Mapping[str, int]],
    *,
    min_grade: int = 1,
    weight: float | None = None,
) -> Source:
    """Make a source of `{query id: {document id: grade}}`.

    A grade of 0 or below makes a hard negative; one between 1 and `min_grade` makes neither a positive nor a negative.

    Raises:
        InputError: if no grade reaches `min_grade`.
    """
    examples = []
    for query, grades in qrels.items():
        negatives = tuple(document for document, grade in grades.items() if grade <= 0)
        examples += [Example(query, document, negatives) for document, grade in grades.items() if grade >= min_grade]
    if not examples:
        raise InputError(f"{name} has no judgement of grade {min_grade} or more; lower min_grade")
    relevant = {
        query: frozenset(document for document, grade in grades.items() if grade > 0) for query, grades in qrels.items()
    }
    return Source(name, float(len(examples)) if weight is None else weight, queries, documents, examples, relevant)
