"""Hard negatives: what a retriever ranks high for a query and is no answer to it.

The retriever's documents go into an index of our own, so mining costs a search a query. A document that scores almost
as much as the positive is more likely an answer that nobody judged than a negative: beyond a share of the positive's
score, the retriever's own or a teacher's, it is left out (as NV-Retriever's "positive-aware" mining, arXiv:2407.15831).
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from lsr.encoders.base import SparseEncoder, batched
from lsr.indexing import build_index
from lsr.training.data.examples import Example, Source
from lsr.training.data.selection import with_negatives
from lsr.training.scoring import example_scores
from lsr.training.teachers.base import Teacher, text_of
from lsr_index.documents import Document
from lsr_index.errors import InputError
from lsr_index.index import SparseIndex
from lsr_index.progress import Bars

PART = 1024  # queries


@dataclass(frozen=True)
class Mining:
    """What is taken.

    Args:
        window: First and last rank, from 1, positives not counted.
        count: Negatives of a query at most, sampled from the window.
        margin: Share of the positive's score at which a document is taken for an answer; None takes all.
        seed: Of the samples.
    """

    window: tuple[int, int] = (1, 100)
    count: int = 30
    margin: float | None = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        first, last = self.window
        if not 1 <= first <= last:
            raise InputError(f"the window {first}:{last} has no ranks; give the first and the last, such as 10:100")


@dataclass(frozen=True)
class Mined:
    """A query's negatives, best first, with the scores of what decided about them."""

    query_id: str
    negatives: list[str]
    scores: list[float]


def mine(
    source: Source, encoder: SparseEncoder, settings: Mining, bars: Bars, teacher: Teacher | None = None
) -> list[Mined]:
    """Find negatives for all queries of a source.

    Args:
        source: Its examples' queries are asked, all its documents are candidates.
        encoder: The retriever.
        settings: What is taken.
        bars: Shows progress.
        teacher: Decides by its scores what is too good for a negative; None leaves that to the retriever.
    """
    positives: dict[str, str] = {}
    for example in source.examples:
        positives.setdefault(example.query_id, example.positive)
    with tempfile.TemporaryDirectory() as place:
        index = _index(source, encoder, Path(place) / "index", bars)
        found = _search(source, encoder, index, list(positives), settings.window[1], bars)
    ranked = {query: _without_answers(source, query, positives[query], hits) for query, hits in found.items()}
    # A retriever that did not find the positive, or a teacher that does not know it, gives no measure.
    measures = {query: dict(hits).get(positives[query], np.nan) for query, hits in found.items()}
    if teacher is not None:
        ranked, measures = _taught(source, positives, ranked, teacher, bars)
    return [
        _choose(query, scores, _limit(measures[query], settings.margin), settings) for query, scores in ranked.items()
    ]


def _limit(positive: float, margin: float | None) -> float:
    if margin is None or np.isnan(positive):
        return np.inf
    return positive + (margin - 1) * abs(positive)  # a share of a negative score would lie above it


def _index(source: Source, encoder: SparseEncoder, path: Path, bars: Bars) -> SparseIndex:
    documents = list(source.documents)
    with bars(f"{source.name}: {len(documents)} documents", len(documents)) as advance:
        texts = _Documents(source, documents)
        return build_index(texts, encoder, path, order=False, progress=advance)


class _Documents:
    def __init__(self, source: Source, ids: Sequence[str]) -> None:
        self._source, self._ids = source, ids

    def __iter__(self) -> Iterator[Document]:
        return (Document(name, text_of(self._source, "document", name), "") for name in self._ids)


def _search(
    source: Source, encoder: SparseEncoder, index: SparseIndex, queries: list[str], last: int, bars: Bars
) -> dict[str, list[tuple[str, float]]]:
    found = {}
    with bars(f"{source.name}: {len(queries)} queries", len(queries)) as advance:
        for part in batched(queries, PART):
            rows: csr_array = encoder.encode_queries([text_of(source, "query", query) for query in part])
            depth = last + max(len(source.relevant.get(query, ())) for query in part) + 1
            for query, hits in zip(part, index.search(rows, min(depth, len(index)), threads=2), strict=True):
                found[query] = list(zip(index.ids(hits.numbers), hits.scores.tolist(), strict=True))
            advance(len(part))
    return found


def _without_answers(source: Source, query: str, positive: str, hits: Sequence[tuple[str, float]]) -> dict[str, float]:
    answers = {*source.relevant.get(query, ()), positive}
    texts = {source.documents[document] for document in answers}
    kept: dict[str, float] = {}
    for document, score in hits:
        text = source.documents[document]
        if document not in answers and text not in texts:
            texts.add(text)  # of equal texts the first
            kept[document] = score
    return kept


def _taught(
    source: Source, positives: Mapping[str, str], ranked: Mapping[str, dict[str, float]], teacher: Teacher, bars: Bars
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    examples = [Example(query, positive) for query, positive in positives.items()]
    candidates = {query: tuple(hits) for query, hits in ranked.items()}
    asked = with_negatives(Source(source.name, 1.0, source.queries, source.documents, examples, {}), candidates)
    teacher.prepare([asked], bars)
    scored, measures = {}, {}
    for example in asked.examples:
        measure, *scores = example_scores(asked, example, teacher).tolist()
        measures[example.query_id] = measure
        scored[example.query_id] = dict(zip(example.negatives, scores, strict=True))
    return scored, measures


def _choose(query: str, candidates: Mapping[str, float], limit: float, settings: Mining) -> Mined:
    first, last = settings.window
    window = list(candidates.items())[first - 1 : last]
    window = [(document, score) for document, score in window if score <= limit]  # no NaN
    if len(window) > settings.count:
        # The query's own digits, so that one query's sample does not depend on the others.
        random = np.random.default_rng([settings.seed, *query.encode()])
        chosen = random.choice(len(window), settings.count, replace=False)
        window = [window[n] for n in sorted(chosen.tolist())]
    return Mined(query, [document for document, _ in window], [float(score) for _, score in window])
