"""Imitation: a fresh head learns from the vectors of a trained sparse model what a term weight is.

The loss looks at logits, not at weights: a term that the model should have and does not has weight 0 and no gradient,
and a plain regression of weights is soonest done by letting all terms die.
"""

import torch
from torch import Tensor

from lsr.encoders.activations import ACTIVATIONS


def imitation_loss(logits: Tensor, targets: Tensor, activation: str) -> Tensor:
    """Return the mean over texts of Σ_j (g(z_j) - t_j)² for terms with t_j > 0, plus Σ_j g(z_j)² for others with z > 0.

    g is the activation above 0 and the identity below, so that a missing term is pulled up from any depth.

    Args:
        logits: z, the largest of every term, shape (N, V).
        targets: t, weights of the model to imitate, >= 0, shape (N, V).
        activation: A name of `lsr.encoders.activations`.
    """
    reached = torch.where(logits > 0, ACTIVATIONS[activation](logits), logits)
    errors = torch.where(targets > 0, (reached - targets).square(), torch.relu(reached).square())
    return errors.sum(dim=1).mean()
