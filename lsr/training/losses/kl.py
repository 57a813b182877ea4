"""KL distillation: the student's distribution over a query's candidates follows the teacher's."""

import torch
from torch import Tensor

from lsr.training.losses.base import Over, Scored


class KLDivergence:
    """Mean over queries of KL(softmax(t / τ) ‖ softmax(s / τ)) × τ², over the candidates that the teacher knows.

    The factor keeps the gradient's size when τ changes (Hinton et al., arXiv:1503.02531, §2). A query with fewer than
    two known candidates says nothing and is left out.

    Args:
        temperature: τ.
        over: `batch` or `own` candidates.
    """

    needs_teacher = True

    def __init__(self, temperature: float = 1.0, over: Over = "batch") -> None:
        self.temperature = temperature
        self.over: Over = over

    def __call__(self, batch: Scored) -> Tensor:
        """Return the loss of a batch."""
        teacher, known = batch.taught(self.over)
        told = known.sum(dim=1) >= 2
        if not told.any():
            return batch.scores.sum() * 0
        known, teacher, student = known[told], teacher[told], batch.scores[told]
        target = _log_softmax(teacher / self.temperature, known)
        found = _log_softmax(student / self.temperature, known)
        # Left-out candidates are 0 · (−inf − −inf): their difference is put to 0 before it is multiplied.
        difference = torch.where(known, target - found, 0)
        return (target.exp() * difference).sum(dim=1).mean() * self.temperature**2


def _log_softmax(scores: Tensor, known: Tensor) -> Tensor:
    lowest = torch.finfo(scores.dtype).min
    return torch.log_softmax(scores.masked_fill(~known, lowest), dim=1)
