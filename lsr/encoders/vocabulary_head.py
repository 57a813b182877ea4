"""Language models taken apart for pooling: what makes token states, and the output embedding."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import PreTrainedModel

DEAD = -1e4
"""A term with an output bias of at most this can never be emitted: no logit is as large. float16 can hold it."""


@dataclass(frozen=True)
class Parts:
    """A language model that ends in token states, and the output embedding that was cut off it."""

    body: nn.Module
    """Its `logits` are token states, shape (B, L, d)."""
    weight: Tensor
    """Output embedding of the terms that can be emitted, shape (terms, d)."""
    bias: Tensor | None
    """Shape (terms,)."""
    terms: NDArray[np.int32]
    """The term id of each row of `weight`, ascending."""
    size: int
    """V, those that cannot be emitted included."""


def take_apart(model: PreTrainedModel, dtype: torch.dtype) -> Parts:
    """Cut the output embedding off a model.

    Rows of dead terms are dropped: the vectors stay the same and fewer products are made.

    Args:
        model: In evaluation mode, where it computes; the body stays as it is.
        dtype: Of the output embedding.
    """
    decoder: Any = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    path = next(path for path, module in model.named_modules() if module is decoder)
    parent, _, attribute = path.rpartition(".")
    setattr(model.get_submodule(parent), attribute, _Captured())
    weight, bias = decoder.weight.detach(), getattr(decoder, "bias", None)
    size = weight.shape[0]
    terms = np.arange(size, dtype=np.int32)
    if bias is not None:
        bias = bias.detach()
        alive = torch.nonzero(bias > DEAD).squeeze(1)
        if len(alive) < size:
            weight, bias, terms = weight[alive], bias[alive], alive.cpu().numpy().astype(np.int32)
        bias = bias.to(dtype)
    return Parts(model, weight.to(dtype), bias, terms, size)


class _Captured(nn.Module):
    """Stands where the output embedding was and lets the transformed token states through."""

    def forward(self, states: Tensor) -> Tensor:
        return states
