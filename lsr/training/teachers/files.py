"""A teacher that reads its scores from a file."""

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from lsr.encoders.base import batched
from lsr.training.data.batches import Batch
from lsr.training.data.examples import Source, key
from lsr.training.teachers import base, score_files
from lsr.training.teachers.pair_scores import CHUNK, PairScores, pair_keys
from lsr_index.arrays import F32
from lsr_index.errors import InputError
from lsr_index.progress import Bars, Progress


class FileTeacher:
    """Scores that were computed before.

    Args:
        path: Any file of `score_files`.
        source: The source whose own ids the file has. Without it, ids are `source/id`, or, where there is but one
            source, that one's own.
        partial: Whether pairs may be missing: they stay unknown.
    """

    def __init__(self, path: Path, *, source: str | None = None, partial: bool = False) -> None:
        self.name = path.name
        self._path, self._source, self._partial = path, source, partial
        self._scores = PairScores(())

    def prepare(self, sources: Sequence[Source], bars: Bars) -> None:
        """Read the file, and see that it covers every pair that examples list.

        Raises:
            InputError: if it does not, and is not meant to; or if it covers none at all.
        """
        names = [source.name for source in sources]
        if self._source is not None and self._source not in names:
            raise InputError(f"{self._path} has scores of the source {self._source!r}; there are: {', '.join(names)}")
        with bars(f"reading {self.name}", None) as advance:
            self._scores = PairScores(self._read(names, advance))
        covered = total = 0
        first: tuple[str, str] | None = None
        for chunk in batched(base.pairs(sources), CHUNK):
            pairs = [(key(source.name, query), key(source.name, document)) for source, query, document in chunk]
            known = np.isfinite(self._scores.get(pair_keys(pairs)))
            if first is None and not known.all():
                first = pairs[int(np.argmin(known))]
            covered += int(known.sum())
            total += len(pairs)
        if first is not None and not (self._partial and covered):
            raise InputError(
                f"{self._path} has scores for {100 * covered / total:.1f} % of the {total} pairs of the training data; "
                f"the first it lacks is query {first[0]!r} with document {first[1]!r}; complete it with lsr score, or "
                "allow it with partial: true"
            )

    def scores(self, batch: Batch) -> F32:
        """Return float32[Q, D], NaN where the file has no score."""
        keys = pair_keys(product(batch.query_ids, batch.document_ids))
        return self._scores.get(keys).reshape(len(batch.query_ids), len(batch.document_ids))

    def _read(self, names: Sequence[str], advance: Progress) -> Iterator[score_files.Scored]:
        local = self._source or (names[0] if len(names) == 1 else None)
        prefixes = tuple(f"{name}/" for name in names)
        for query, document, score in score_files.read(self._path):
            plain = local is not None and (self._source is not None or not query.startswith(prefixes))
            yield (key(local, query), key(local, document), score) if plain and local else (query, document, score)
            advance(1)
