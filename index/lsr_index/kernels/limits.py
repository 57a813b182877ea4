"""What a search may leave out, and when it must end."""

from typing import NamedTuple

import numpy as np

from lsr_index.errors import InputError

NEVER = int(np.iinfo(np.int64).max)


class Limits(NamedTuple):
    """Knobs of approximate search; `SAFE` leaves nothing out."""

    overestimate: float = 1.0
    """μ >= 1: superblocks are left out whose bound is below μ × threshold (BMP's 1/α, SP's 1/μ)."""
    superblocks: int = NEVER
    """γ: how many superblocks are scored at most, the most promising of each chunk first (LSP/0)."""
    share: float = 1.0
    """β: bounds use the query's heaviest terms that make up this share of its weight; scores use them all."""
    deadline: int = NEVER
    """Monotonic nanoseconds at which the search ends with the best found so far."""

    @property
    def exact(self) -> bool:
        """Whether nothing is left out, deadlines aside."""
        return self.overestimate <= 1 and self.superblocks == NEVER and self.share >= 1


SAFE = Limits()


def checked_limits(limits: Limits | None) -> Limits:
    """Return limits with the types that kernels take; None leaves nothing out.

    Raises:
        InputError: if one is out of range.
    """
    if limits is None:
        return SAFE
    if not 1 <= limits.overestimate < float("inf"):
        raise InputError(f"overestimate is {limits.overestimate}, it must be at least 1")
    if limits.superblocks < 1:
        raise InputError(f"superblocks is {limits.superblocks}, it must be at least 1")
    if not 0 < limits.share <= 1:
        raise InputError(f"share is {limits.share}, it must be above 0 and at most 1")
    return Limits(float(limits.overestimate), int(limits.superblocks), float(limits.share), int(limits.deadline))
