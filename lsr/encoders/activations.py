"""What a pooled or single logit z becomes as a term weight, and the slope that training needs.

| name | weight | from |
|---|---|---|
| relu | log1p(relu(z)) | SPLADE, arXiv:2107.05720 |
| log1p_relu | log1p(log1p(relu(z))) | the L0 activation, arXiv:2504.14839 |
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Activation:
    """A monotone saturation of positive logits; zero and below become 0 by the caller's relu."""

    saturate: Callable[[Tensor], Tensor]
    """Weight of a logit >= 0."""
    slope: Callable[[Tensor], Tensor]
    """Derivative at a logit >= 0."""

    def __call__(self, logits: Tensor) -> Tensor:
        """Return the weights of logits of any sign."""
        return self.saturate(torch.relu(logits))


ACTIVATIONS = {
    "relu": Activation(torch.log1p, lambda z: 1 / (1 + z)),
    "log1p_relu": Activation(
        lambda z: torch.log1p(torch.log1p(z)),
        lambda z: 1 / ((1 + torch.log1p(z)) * (1 + z)),
    ),
}
