"""A cross-encoder as a teacher: exact, slow, and therefore cached."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from lsr.encoders.base import batched
from lsr.encoders.cross_encoder import CrossEncoder
from lsr.training.data.batches import Batch
from lsr.training.data.examples import Source
from lsr.training.teachers import base
from lsr.training.teachers.pair_scores import pair_keys
from lsr.training.teachers.parts import Parts
from lsr_index.arrays import F32, U64
from lsr_index.errors import InputError
from lsr_index.progress import Bars, Progress

PART = 2048  # pairs; so much work is lost when it is interrupted
SCAN = 1 << 15
TextPair = tuple[str, str]


class CrossEncoderTeacher:
    """Scores of a cross-encoder, for the pairs that examples list or for all of a batch.

    Args:
        name: In messages and logs.
        load: Loads the model when it is first needed.
        cache: A folder for the scores of all teachers.
        pairs: `own` scores a query's positive and negatives and leaves the rest of the batch unknown; `all` scores
            every query with every document, which no cache can prepare.
    """

    def __init__(
        self, name: str, load: Callable[[], CrossEncoder], cache: Path, *, pairs: Literal["own", "all"] = "own"
    ) -> None:
        self.name = name
        self._load, self._cache, self._all = load, cache, pairs == "all"
        self._model: CrossEncoder | None = None
        self._parts: Parts | None = None

    def prepare(self, sources: Sequence[Source], bars: Bars) -> None:
        """Score all pairs that examples list and the cache lacks."""
        model, parts = self._opened()
        missing: dict[int, tuple[Source, str, str]] = {}
        for chunk in batched(base.pairs(sources), SCAN):
            keys = pair_keys(map(_texts, chunk))
            for n in np.flatnonzero(parts.locate(keys) < 0):
                missing.setdefault(int(keys[n]), chunk[n])
        with bars(f"{self.name}: {len(missing)} pairs", len(missing)) as advance:
            for part in batched(missing.items(), PART):
                keys = np.array([number for number, _ in part], dtype=np.uint64)
                self._keep(model, parts, keys, [_texts(pair) for _, pair in part], advance)

    def score(self, pairs: Iterable[TextPair], advance: Progress) -> Iterable[F32]:
        """Yield the scores of `(query, document)` texts, part by part, keeping each part."""
        model, parts = self._opened()
        for part in batched(pairs, PART):
            keys = pair_keys(part)
            fresh = np.flatnonzero(parts.locate(keys) < 0)
            advance(len(part) - len(fresh))
            if len(fresh):
                distinct, first = np.unique(keys[fresh], return_index=True)
                self._keep(model, parts, distinct, [part[n] for n in fresh[first]], advance)
                advance(len(fresh) - len(first))
            yield _stored(parts, parts.locate(keys))

    def scores(self, batch: Batch) -> F32:
        """Return float32[Q, D]; what is not in the cache is scored now and not kept."""
        if self._model is None or self._parts is None:
            raise InputError(f"the teacher {self.name} was asked for scores before it was prepared")
        scores = np.full(batch.own.shape, np.nan, dtype=np.float32)
        rows, columns = np.nonzero(np.ones_like(batch.own) if self._all else batch.own)
        texts = [(batch.queries[row], batch.documents[column]) for row, column in zip(rows, columns, strict=True)]
        places = self._parts.locate(pair_keys(texts))
        values = np.empty(len(texts), dtype=np.float32)
        known, fresh = np.flatnonzero(places >= 0), np.flatnonzero(places < 0)
        values[known] = _stored(self._parts, places[known])
        if len(fresh):
            values[fresh] = self._model.score([texts[n] for n in fresh])
        scores[rows, columns] = values
        return scores

    def _opened(self) -> tuple[CrossEncoder, Parts]:
        if self._model is None or self._parts is None:
            model = self._model = self._load()
            identity = f"{Path(model.name).name}-{model.revision}-{model.max_length}-{str(model.dtype)[6:]}"
            self._parts = Parts(self._cache / identity / "pairs")
        return self._model, self._parts

    @staticmethod
    def _keep(model: CrossEncoder, parts: Parts, keys: U64, texts: list[TextPair], advance: Progress) -> None:
        parts.append({"keys": keys, "scores": model.score(texts, progress=advance)})


def _texts(pair: tuple[Source, str, str]) -> TextPair:
    source, query, document = pair
    return base.text_of(source, "query", query), base.text_of(source, "document", document)


def _stored(parts: Parts, rows: np.ndarray) -> F32:
    values = np.empty(len(rows), dtype=np.float32)
    for arrays, inside, positions in parts.split(rows):
        values[positions] = arrays["scores"][inside]
    return values
