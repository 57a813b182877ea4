"""What a sweep sets: how sparse vectors are, how they are kept, and what a search may leave out."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scipy.sparse import csr_array

from lsr_eval.tradeoff import cutting
from lsr_index.errors import InputError
from lsr_index.exact import checked_bits
from lsr_index.kernels.limits import NEVER, Limits, checked_limits
from lsr_index.manifest import Exact


@dataclass(frozen=True)
class Setting:
    """One point's setting; the defaults are whole vectors, 8-bit impacts and safe search.

    Raises:
        InputError: if a value is out of range.
    """

    top_k: int | None = None
    """Heaviest terms of a document that are kept."""
    threshold: float = 0.0
    """Share of a document's heaviest weight that others must reach."""
    exact: Exact = None
    """Bits of exact weights, with which hits are rescored; None goes without."""
    query_top_k: int | None = None
    """Heaviest terms of a query that are kept."""
    overestimate: float = 1.0
    superblocks: int | None = None
    share: float = 1.0
    """As `lsr_index.kernels.limits` has them; None scores as many superblocks as bounds ask for."""

    def __post_init__(self) -> None:
        for what, count in (("top-k", self.top_k), ("query-top-k", self.query_top_k)):
            if count is not None and count < 1:
                raise InputError(f"{what} is {count}, it must be at least 1, or all")
        if not 0 <= self.threshold < 1:
            raise InputError(f"threshold is {self.threshold}, a share of the heaviest weight is at least 0 and below 1")
        checked_bits(self.exact)
        checked_limits(self.limits)

    @property
    def limits(self) -> Limits:
        """What a search may leave out."""
        return Limits(self.overestimate, NEVER if self.superblocks is None else self.superblocks, self.share)

    @property
    def safe(self) -> bool:
        """Whether a search leaves nothing out."""
        return self.limits.exact

    @property
    def of_index(self) -> "Setting":
        """The part that an index is built for."""
        return Setting(self.top_k, self.threshold, self.exact)

    @property
    def safely(self) -> "Setting":
        """The same with searches that leave nothing out."""
        return replace(self, overestimate=1.0, superblocks=None, share=1.0)

    @property
    def cuts(self) -> bool:
        """Whether documents lose terms."""
        return self.top_k is not None or self.threshold > 0

    @property
    def name(self) -> str:
        """What differs from the defaults, as in `top100-over1.5`; `whole` if nothing does."""
        values = {
            "top": self.top_k,
            "min": self.threshold or None,
            "exact": self.exact,
            "query": self.query_top_k,
            "over": None if self.overestimate == 1 else self.overestimate,
            "blocks": self.superblocks,
            "share": None if self.share == 1 else self.share,
        }
        return "-".join(f"{what}{value:g}" for what, value in values.items() if value is not None) or "whole"

    def documents(self, rows: csr_array) -> csr_array:
        """Cut vectors of documents, float32 (n, V)."""
        return cutting.heaviest(cutting.above(rows, self.threshold), self.top_k)

    def queries(self, rows: csr_array) -> csr_array:
        """Cut vectors of queries, float32 (n, V)."""
        return cutting.heaviest(rows, self.query_top_k)


WHOLE = Setting()
"""What everything is compared with."""


def grid(
    top_k: Sequence[int | None] = (None,),
    threshold: Sequence[float] = (0.0,),
    exact: Sequence[Exact] = (None,),
    query_top_k: Sequence[int | None] = (None,),
    overestimate: Sequence[float] = (1.0,),
    superblocks: Sequence[int | None] = (None,),
    share: Sequence[float] = (1.0,),
) -> list[Setting]:
    """Return all combinations, `WHOLE` and each one's `safely` among them; those of one index stand together.

    Raises:
        InputError: if a value is out of range.
    """
    every = itertools.product(top_k, threshold, exact, query_top_k, overestimate, superblocks, share)
    asked = [Setting(*values) for values in every]
    settings = dict.fromkeys([WHOLE, *itertools.chain.from_iterable((one.safely, one) for one in asked)])
    indexes = {one: number for number, one in enumerate(dict.fromkeys(one.of_index for one in settings))}
    return sorted(settings, key=lambda one: indexes[one.of_index])
