"""Teachers of different kinds as one: scores normalised a query, averaged and scaled (arXiv:2411.04403, §3.3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lsr.training.data.batches import Batch
from lsr.training.data.examples import Source
from lsr.training.teachers.base import Teacher
from lsr_index.arrays import F32
from lsr_index.errors import InputError
from lsr_index.progress import Bars

EPSILON = np.float32(1e-6)
Normalization = Literal["minmax", "z", "rank", "none"]


def minmax(scores: F32) -> F32:
    """Map the known scores of a query to 0…1."""
    low, high = np.float32(scores.min()), np.float32(scores.max())
    return (scores - low) / (high - low + EPSILON)


def z(scores: F32) -> F32:
    """Subtract the mean and divide by the standard deviation of a query's known scores."""
    return (scores - np.float32(scores.mean())) / (np.float32(scores.std()) + EPSILON)


def rank(scores: F32) -> F32:
    """Replace a score by the share of the query's other known candidates that are below it; ties count half."""
    ordered = np.sort(scores)
    below, upto = np.searchsorted(ordered, scores, "left"), np.searchsorted(ordered, scores, "right")
    return ((below + upto - 1) / 2 / max(1, len(scores) - 1)).astype(np.float32)


NORMALIZATIONS: dict[str, Callable[[F32], F32]] = {
    "minmax": minmax,
    "z": z,
    "rank": rank,
    "none": lambda scores: scores,
}


@dataclass(frozen=True)
class Member:
    """A teacher in an ensemble."""

    teacher: Teacher
    weight: float = 1.0
    normalize: Normalization = "minmax"


class Ensemble:
    """The weighted mean of what its teachers say, each in units of its own spread over a query's candidates.

    Args:
        members: The teachers.
        scale: Multiplies the mean.
        candidates: Over which documents a query's scores are normalised and known: `all` that are allowed in the
            batch, or its `own`.
    """

    name = "ensemble"

    def __init__(
        self, members: Sequence[Member], *, scale: float = 1.0, candidates: Literal["all", "own"] = "all"
    ) -> None:
        if not members or any(not member.weight > 0 for member in members):
            raise InputError(f"an ensemble needs teachers with weights above 0, got {[m.weight for m in members]}")
        unknown = [member.normalize for member in members if member.normalize not in NORMALIZATIONS]
        if unknown or candidates not in ("all", "own"):
            wrong = unknown[0] if unknown else candidates
            raise InputError(f"{wrong!r} is neither a normalisation ({', '.join(NORMALIZATIONS)}) nor all or own")
        self.members = list(members)
        self.scale = scale
        self._own = candidates == "own"

    def prepare(self, sources: Sequence[Source], bars: Bars) -> None:
        """Prepare each teacher."""
        for member in self.members:
            member.teacher.prepare(sources, bars)

    def scores(self, batch: Batch) -> F32:
        """Return float32[Q, D], NaN where no teacher knows anything or the document is no candidate."""
        candidates = batch.own if self._own else batch.allowed
        total = np.zeros(candidates.shape, dtype=np.float32)
        weights = np.zeros(candidates.shape, dtype=np.float32)
        for member in self.members:
            scores = np.where(candidates, member.teacher.scores(batch), np.float32(np.nan))
            known = np.isfinite(scores)
            for row in np.flatnonzero(known.any(axis=1)):
                normal = NORMALIZATIONS[member.normalize](scores[row, known[row]])
                total[row, known[row]] += np.float32(member.weight) * normal
            weights += known * np.float32(member.weight)
        mean = np.full(total.shape, np.nan, dtype=np.float32)
        np.divide(total, weights, out=mean, where=weights > 0)
        return mean * np.float32(self.scale)
