"""InfoNCE: the positive against in-batch and hard negatives (van den Oord et al., arXiv:1807.03748, eq. 4)."""

import torch
from torch import Tensor

from lsr.training.losses.base import Over, Scored


class InfoNCE:
    """Mean over queries of -log softmax(s / τ) at the positive.

    Args:
        temperature: τ; sparse scores are sums over terms and are usually left as they are, τ = 1.
        over: `batch` for in-batch negatives too, `own` for the listed ones alone.
    """

    needs_teacher = False

    def __init__(self, temperature: float = 1.0, over: Over = "batch") -> None:
        self.temperature = temperature
        self.over: Over = over

    def __call__(self, batch: Scored) -> Tensor:
        """Return the loss of a batch."""
        logits = (batch.scores / self.temperature).masked_fill(~batch.candidates(self.over), -torch.inf)
        return torch.nn.functional.cross_entropy(logits, batch.positive)
