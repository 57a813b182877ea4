"""FLOPS: the expected multiplications of a search, Σ_j a_j² (Paria et al., arXiv:2004.05665; SPLADE §3.3)."""

from typing import Any

import torch
from torch import Tensor

from lsr.training.regularizers.base import mean_activation


class Flops:
    """Σ_j (mean_i w_ij)²: hits terms that many texts carry hardest, and so levels document frequencies."""

    def __call__(self, weights: Tensor) -> Tensor:
        """Return the penalty of weights of shape (N, V)."""
        return mean_activation(weights).square().sum()


class ThresholdedFlops:
    """FLOPS of only those texts that have more than `threshold` terms: the L0 mask of arXiv:2504.14839.

    Args:
        threshold: t; a text with up to t terms is left alone.
    """

    def __init__(self, threshold: int) -> None:
        self.threshold = threshold

    def __call__(self, weights: Tensor) -> Tensor:
        """Return the penalty of weights of shape (N, V)."""
        long = (weights > 0).sum(dim=1) > self.threshold
        return mean_activation(weights * long[:, None]).square().sum()


class WeightedFlops:
    """Σ_j v_j a_j² with a given weight v_j a term: the variant that has IDF inside the penalty.

    Args:
        importance: v, float32[V]; for IDF inside the penalty 1/idf or max(idf) - idf, so that common terms pay more.
    """

    def __init__(self, importance: Tensor) -> None:
        self.importance = importance

    def __call__(self, weights: Tensor) -> Tensor:
        """Return the penalty of weights of shape (N, V)."""
        return (self.importance.to(weights.device) * mean_activation(weights).square()).sum()


class DfFlops:
    """FLOPS whose terms pay by their document frequency (arXiv:2505.15070): Σ_j act(DF_j / N) a_j².

    act(x) = 1 / (1 + (x^(log_α 2) - 1)^β) is 0 for unseen terms and 1 for those in every document, with act(α) = ½:
    terms rarer than the share α are almost free. DF is a moving estimate over the batches seen, saved with the run.

    Args:
        size: V.
        alpha: α, the document share at which half the penalty falls due, in (0, 1).
        beta: β, steepness.
        memory: Share of the old estimate that a batch of one text leaves; with N texts memory^N.
    """

    def __init__(self, size: int, alpha: float = 0.1, beta: float = 10.0, memory: float = 0.9995) -> None:
        self.exponent = float(torch.log(torch.tensor(2.0)) / torch.log(torch.tensor(alpha)))
        self.beta, self.memory = beta, memory
        self.frequency: Tensor = torch.zeros(size)
        self.seen: float = 0.0

    def __call__(self, weights: Tensor) -> Tensor:
        """Return the penalty of weights of shape (N, V); in training the batch joins the estimate of DF first."""
        if weights.requires_grad:
            self._see(weights.detach())
        return (self.cost().to(weights.device) * mean_activation(weights).square()).sum()

    def cost(self) -> Tensor:
        """Return act(DF_j / N) of every term, float32[V]."""
        share = (self.frequency / max(self.seen, 1e-12)).clamp(0, 1)
        # x^e with e < 0: infinite at x = 0, where 1 / (1 + inf) = 0 is right.
        return 1 / (1 + (share.pow(self.exponent) - 1).clamp(min=0).pow(self.beta))

    def state_dict(self) -> dict[str, Any]:
        """Return the estimate, to go on from it after a resume."""
        return {"frequency": self.frequency, "seen": self.seen}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from an estimate."""
        self.frequency, self.seen = state["frequency"], state["seen"]

    def _see(self, weights: Tensor) -> None:
        # Weights fade text by text, so a batch of 2N counts as two of N.
        count = len(weights)
        fade = self.memory**count
        gain = (1 - fade) / count
        self.frequency = fade * self.frequency + gain * (weights > 0).sum(dim=0).cpu()
        self.seen = fade * self.seen + (1 - fade)
