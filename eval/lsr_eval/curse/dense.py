"""Dense systems: a model's vectors in fewer dimensions, searched exactly."""

from pathlib import Path

import numpy as np

from lsr_eval.curse import elements, exact_search, projection
from lsr_eval.curse.answers import Answers, without_self
from lsr_eval.curse.elements import Element
from lsr_eval.curse.encoding import TextVectors
from lsr_eval.curse.pool import Pool
from lsr_eval.curse.projection import Projection
from lsr_index.arrays import F32, I64
from lsr_index.errors import InputError
from lsr_index.progress import Bars


class DenseModel:
    """A dense encoder and the vectors it made.

    Args:
        model: A catalogue name, a folder or a hub id.
        cache: A folder for vectors.
        max_length: Tokens of a text that are read; None for the model's own.

    Raises:
        ModelError: if there is no such model.
    """

    def __init__(self, model: str, cache: Path, max_length: int | None = None) -> None:
        from lsr.encoders.dense import DenseEncoder
        from lsr.encoders.finding import find
        from lsr.training.teachers.embedders import DenseEmbedder

        encoder = DenseEncoder(find(model), name=model, max_length=max_length)
        self.model = model
        self.dimensions = encoder.dimensions
        self.normalized = encoder.normalized
        self._vectors = TextVectors(DenseEmbedder(encoder, "float32"), cache)

    def check(self, dims: int | None) -> int:
        """Return how many dimensions are meant.

        Raises:
            InputError: if the model has not so many.
        """
        if dims is not None and dims > self.dimensions:
            raise InputError(
                f"dense:{self.model}@{dims}: {self.model} has {self.dimensions} dimensions; ask for no more"
            )
        return dims or self.dimensions

    def prepare(self, pool: Pool, bars: Bars) -> None:
        """Compute the vectors of all texts."""
        self._vectors.prepare(pool.texts, "document", bars, f"encoding with {self.model}")
        self._vectors.prepare(list(pool.queries.values()), "query", bars, f"queries with {self.model}")

    def turned(self, pool: Pool, members: I64, kind: Projection, seed: int) -> "TurnedVectors":
        """Return the vectors of all queries and these documents, ready to be cut to any number of dimensions."""
        documents = np.asarray(self._vectors.of([pool.texts[n] for n in members], "document"))
        queries = np.asarray(self._vectors.of(list(pool.queries.values()), "query"))
        basis = projection.basis(kind, documents, seed)
        ids = [pool.ids[n] for n in members]
        return TurnedVectors(pool, ids, queries @ basis, documents @ basis, normalized=self.normalized)


class TurnedVectors:
    """Queries and documents whose first d dimensions are their projection to d.

    Args:
        pool: Whose queries they are.
        ids: Of the documents.
        queries: float32[q, D].
        documents: float32[n, D].
        normalized: Whether what is cut gets length one again, so that scores stay cosines.
    """

    def __init__(self, pool: Pool, ids: list[str], queries: F32, documents: F32, *, normalized: bool) -> None:
        self._pool, self._ids = pool, ids
        self._queries, self._documents = queries, documents
        self._normalized = normalized

    def answers(self, dims: int, element: Element, k: int) -> Answers:
        """Find the k best documents of every query by exact inner products; only documents are kept as `element`."""
        queries, documents = self._queries[:, :dims], self._documents[:, :dims]
        if self._normalized:
            queries, documents = projection.unit(queries), projection.unit(documents)
        found = exact_search.search(queries, elements.kept(documents, element), k + bool(self._pool.without_self))
        run = {
            query: {self._ids[number]: float(score) for score, number in zip(scores, numbers, strict=True)}
            for query, scores, numbers in zip(self._pool.queries, *found, strict=True)
        }
        return Answers(without_self(self._pool, run, k), elements.size(len(documents), dims, element))
