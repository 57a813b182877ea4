"""What every regulariser is, and the sums that several share.

A penalty is a function of the whole batch's weights, whatever the number of processes and forward passes they came
from: the loop gathers all rows before it asks. λ therefore means the same on one processor and on eight; others'
penalties are taken on each process's share, where E[local mean²] >= (global mean)² makes λ grow with their number.
"""

from collections.abc import Callable
from typing import Protocol

from torch import Tensor


class Regularizer(Protocol):
    """A penalty on term weights >= 0 of shape (N, V), as a scalar Tensor."""

    def __call__(self, weights: Tensor) -> Tensor:
        """Return the penalty, before it is multiplied by λ."""
        ...


Penalty = Callable[[Tensor], Tensor]


def mean_activation(weights: Tensor) -> Tensor:
    """Return a_j, the mean weight of every term over the batch (Paria et al., arXiv:2004.05665, eq. 3)."""
    return weights.abs().mean(dim=0)
