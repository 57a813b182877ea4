"""What one query cost, and why it was answered as it was."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from lsr_index.kernels import answer
from lsr_index.postings import BLOCKS
from lsr_index.searcher import Plan

Traversal = Literal["pruned", "scan", "mixed", "exhaustive", "none"]


class Statistics(NamedTuple):
    """What one query cost."""

    traversal: Traversal
    """"mixed" where some segments were pruned and others scanned; "none" where the query or the index is empty."""
    why: str
    superblocks_bounded: int
    superblocks_scored: int
    postings_few: int
    """Postings of rows with few, which are added before anything is bounded."""
    postings_many: int
    """Postings of rows with many, of the superblocks scored; where a row holds an impact for every document, each
    counts."""

    @property
    def blocks_bounded(self) -> int:
        """A superblock is bounded by its blocks."""
        return BLOCKS * self.superblocks_bounded

    @property
    def blocks_scored(self) -> int:
        """A superblock that is scored is scored as a whole."""
        return BLOCKS * self.superblocks_scored

    def as_dict(self) -> dict[str, str | int]:
        """Return all of it by name."""
        return {**self._asdict(), "blocks_bounded": self.blocks_bounded, "blocks_scored": self.blocks_scored}


def of(counts: Sequence[int], chosen: int, plan: Plan, small: bool) -> Statistics:
    """Describe how a query was answered.

    Args:
        counts: Four, see `kernels.exhaustive.search`.
        chosen: Bits of what was done, see `kernels.answer.Answers`.
        plan: What was asked for.
        small: Whether every segment is too small for bounds.
    """
    return Statistics(*_traversal(counts[0], chosen, plan, small), *counts)


def _traversal(bounded: int, chosen: int, plan: Plan, small: bool) -> tuple[Traversal, str]:
    if plan.traversal == answer.ORACLE:
        return "exhaustive", "asked for"
    if chosen == 0:
        return "none", "the query or the index is empty"
    scanned = chosen == 1 << answer.SCAN
    if not plan.limits.exact:
        return "pruned", "limits need bounds"
    if plan.traversal != answer.AUTO:
        return ("scan" if scanned else "pruned"), "asked for"
    if chosen == 1 << answer.MET:
        return "pruned", "the query is short: its postings lead to the documents"
    if chosen == 1 << answer.PRUNED:
        return "pruned", "bounds paid" if bounded else "the filter leaves few superblocks, which are looked up"
    if not chosen & 1 << answer.SCAN:
        return "pruned", "the query is short, and some segments have deleted documents"
    if not scanned:
        return "mixed", "bounds paid in some segments only"
    if bounded:
        return "scan", "bounds were tried, and too many superblocks reached the threshold"
    return "scan", "too few documents for bounds" if small else "bounds did not pay for such queries lately"
