"""Penalties that are no FLOPS: L1, and the one against empty rows."""

import torch
from torch import Tensor


class L1:
    """mean_i Σ_j w_ij: every term of every text pays alike (Efficient SPLADE, arXiv:2207.03834, for queries)."""

    def __call__(self, weights: Tensor) -> Tensor:
        """Return the penalty of weights of shape (N, V)."""
        return weights.abs().sum(dim=1).mean()


class AntiZero:
    """1 / (Σ_ij w_ij / N)²: grows without bound when all weights die, and vanishes for living ones."""

    def __call__(self, weights: Tensor) -> Tensor:
        """Return the penalty of weights of shape (N, V)."""
        mean = weights.sum(dim=1).mean()
        return 1 / (mean + torch.finfo(weights.dtype).eps).square()
