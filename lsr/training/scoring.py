"""A teacher's scores of what examples list, outside training: to be looked at, kept or given to others."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lsr.training.data.batches import Batch
from lsr.training.data.examples import Example, Source
from lsr.training.teachers.base import Teacher, text_of
from lsr_index.arrays import F32
from lsr_index.progress import Bars


@dataclass(frozen=True)
class ScoredExample:
    """A query, its positive and its negatives, and the teacher's scores of them."""

    query_id: str
    documents: list[str]
    scores: list[float]


def score(source: Source, teacher: Teacher, bars: Bars) -> Iterator[ScoredExample]:
    """Yield scored examples; what a teacher can keep is prepared first, and not computed twice.

    Raises:
        InputError: if the teacher cannot serve the source.
    """
    teacher.prepare([source], bars)
    with bars(f"{source.name}: {len(source.examples)} examples", len(source.examples)) as advance:
        for example in source.examples:
            scores = example_scores(source, example, teacher).tolist()
            yield ScoredExample(example.query_id, [example.positive, *example.negatives], scores)
            advance(1)


def example_scores(source: Source, example: Example, teacher: Teacher) -> F32:
    """Return the scores of an example's positive and negatives, float32[1 + n]; the teacher must be prepared."""
    documents = [example.positive, *example.negatives]
    shape = (1, len(documents))
    batch = Batch(
        [f"{source.name}/{example.query_id}"],
        [text_of(source, "query", example.query_id)],
        [f"{source.name}/{document}" for document in documents],
        [text_of(source, "document", document) for document in documents],
        np.zeros(1, np.int64),
        np.ones(shape, np.bool_),
        np.ones(shape, np.bool_),
    )
    scores: F32 = teacher.scores(batch)[0]
    return scores
