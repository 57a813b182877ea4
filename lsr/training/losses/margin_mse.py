"""MarginMSE: the student's score differences follow the teacher's (Hofstätter et al., arXiv:2010.02666, eq. 6)."""

from typing import Literal

import torch
from torch import Tensor

from lsr.training.losses.base import Over, Scored


class MarginMSE:
    """Mean of ((s(q,a) - s(q,b)) - (t(q,a) - t(q,b)))² over the pairs (a, b) of a query's candidates.

    Args:
        pairs: `positive`: a is the positive, as in the paper; `all`: every pair, as SPLADE-v3 has it.
        over: `own` or `batch` candidates.
    """

    needs_teacher = True

    def __init__(self, pairs: Literal["positive", "all"] = "positive", over: Over = "own") -> None:
        self.pairs = pairs
        self.over: Over = over

    def __call__(self, batch: Scored) -> Tensor:
        """Return the loss of a batch: a mean over its pairs, so that long candidate lists weigh more."""
        teacher, known = batch.taught(self.over)
        gap = torch.where(known, batch.scores - teacher, 0)
        # (s_a - s_b) - (t_a - t_b) = gap_a - gap_b
        if self.pairs == "positive":
            at = batch.positive[:, None]
            pairs = known & known.gather(1, at)
            pairs = pairs.scatter(1, at, False)
            errors = (gap.gather(1, at) - gap).square()
            return (errors * pairs).sum() / pairs.sum().clamp(min=1)
        # Over all unordered pairs of n: Σ (g_a - g_b)² = n Σ g² - (Σ g)².
        counts = known.sum(dim=1)
        totals = counts * gap.square().sum(dim=1) - gap.sum(dim=1).square()
        return totals.sum() / (counts * (counts - 1) // 2).sum().clamp(min=1)
