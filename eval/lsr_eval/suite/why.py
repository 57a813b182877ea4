"""Why queries were won and lost: the document that should have come first, the one that did, term by term."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scipy.sparse import csr_array

from lsr.retriever import Retriever
from lsr_eval.runs import Run
from lsr_eval.suite.cells import Cell
from lsr_eval.suite.tasks import Task

TERMS = 6
SNIPPET = 160


@dataclass(frozen=True)
class Contribution:
    """What a term adds to a score."""

    term: str
    query_weight: float
    document_weight: float

    @property
    def product(self) -> float:
        """The part of the score."""
        return self.query_weight * self.document_weight


@dataclass(frozen=True)
class Judged:
    """A document in a case."""

    id: str
    text: str
    grade: int
    rank: int | None
    """In the system's run, from 1; None where it was not found."""
    baseline_rank: int | None
    score: float
    contributions: list[Contribution]
    """Largest first, the first few; empty where the system has no index."""


@dataclass(frozen=True)
class Case:
    """A query that a system answers better or worse than the baseline."""

    query_id: str
    text: str
    value: float
    baseline_value: float
    right: Judged | None
    """The relevant document that the system ranks best, or one of the best grade if it found none."""
    wrong: Judged | None
    """The best-ranked document above it that is not relevant; None where nothing is wrong."""

    @property
    def difference(self) -> float:
        """Above zero where the system is better."""
        return self.value - self.baseline_value


class Explainer:
    """Explain a system's answers on a dataset.

    Args:
        task: The dataset.
        cell: The system's.
        run: Its run.
        baseline: Whom it is compared with.
        baseline_run: Its run.
    """

    def __init__(self, task: Task, cell: Cell, run: Run, baseline: Cell, baseline_run: Run) -> None:
        self._task, self._cell, self._baseline = task, cell, baseline
        self._run, self._baseline_run = run, baseline_run
        place = Path(cell.index) if cell.index else None
        self._retriever = Retriever.open(place) if place and place.exists() else None

    def cases(self, measure: str, count: int) -> tuple[list[Case], list[Case]]:
        """Return the most hurt queries, worst first, and the most helped, best first; ties by query id.

        Args:
            measure: What decides.
            count: Of each, at most; queries without a difference are neither.
        """
        values, others = self._cell.per_query, self._baseline.per_query
        gaps = sorted((values[query][measure] - others[query][measure], query) for query in values if query in others)
        hurt = [query for gap, query in gaps[:count] if gap < 0]
        helped = [query for gap, query in reversed(gaps[-count:] if count else []) if gap > 0]
        return [self._case(query, measure) for query in hurt], [self._case(query, measure) for query in helped]

    def _case(self, query: str, measure: str) -> Case:
        grades = self._task.data.qrels[query]
        hits = list(self._run.get(query, {}))
        relevant = [hit for hit in hits if grades.get(hit, 0) > 0]
        best = sorted((document for document in grades if grades[document] > 0), key=lambda one: (-grades[one], one))
        right = relevant[0] if relevant else next(iter(best), None)
        above = hits[: hits.index(right)] if right in hits else hits
        wrong = next((hit for hit in above if grades.get(hit, 0) <= 0), None)
        text = self._task.data.queries.get(query, "")
        row = self._retriever.encode([text]) if self._retriever else None
        return Case(
            query,
            text,
            self._cell.per_query[query][measure],
            self._baseline.per_query[query][measure],
            self._judged(query, right, grades, row),
            self._judged(query, wrong, grades, row),
        )

    def _judged(
        self, query: str, document: str | None, grades: Mapping[str, int], row: csr_array | None
    ) -> Judged | None:
        if document is None:
            return None
        text, contributions = "", []
        if self._retriever is not None and row is not None:
            index = self._retriever.index
            number = index.number(document)
            if number is not None:
                stored = index.fetch([number])[0]
                text = f"{stored.title} {stored.text}".strip()[:SNIPPET]
                terms = index.vocabulary.terms
                contributions = [Contribution(terms[term], a, b) for term, a, b, _ in index.explain(row, number)]
        return Judged(
            document,
            text,
            grades.get(document, 0),
            _rank(self._run, query, document),
            _rank(self._baseline_run, query, document),
            sum(one.product for one in contributions),
            contributions[:TERMS],
        )


def _rank(run: Run, query: str, document: str) -> int | None:
    hits = list(run.get(query, {}))
    return hits.index(document) + 1 if document in hits else None
