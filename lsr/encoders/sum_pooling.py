"""Sum pooling over the vocabulary (SPLADE v1, arXiv:2107.05720, eq. 1) in slices, forwards and backwards.

    w_j = Σ_i act(relu(h_i · E_j + b_j))

Every positive logit takes part in the gradient, so the backward pass makes each slice's products again; like the
forward pass it never holds more than one slice of (tokens, V).
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from lsr.encoders.activations import ACTIVATIONS
from lsr.encoders.head import slices


def sum_pool(
    states: Tensor, lengths: Sequence[int], weight: Tensor, bias: Tensor | None, activation: str = "relu"
) -> Tensor:
    """Return Σ_i act(relu(h_i · E_j + b_j)) of every text, differentiable in h, E and b.

    Args:
        states: h, shape (T, d): the texts' tokens, one text after the other.
        lengths: Tokens of each text, all > 0, T in all.
        weight: The output embedding E, shape (V, d).
        bias: b, shape (V,), or None for zeros.
        activation: A name of `lsr.encoders.activations`.

    Returns:
        Shape (B, V), float32 at least.
    """
    if bias is None:
        bias = torch.zeros(weight.shape[0], dtype=weight.dtype, device=weight.device)
    pooled: Tensor = _SumPool.apply(states, tuple(lengths), weight, bias, activation)  # type: ignore[no-untyped-call]
    return pooled


class _SumPool(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, states: Tensor, lengths: tuple[int, ...], weight: Tensor, bias: Tensor, activation: str
    ) -> Tensor:
        ctx.save_for_backward(states, weight, bias)
        ctx.lengths, ctx.activation = lengths, ACTIVATIONS[activation]
        wide = torch.promote_types(states.dtype, torch.float32)
        pooled = torch.empty(len(lengths), weight.shape[0], dtype=wide, device=states.device)
        for start, end in slices(*_sizes(states, weight)):
            weights = ctx.activation(_logits(states, weight, bias, start, end, wide))
            for row, text in enumerate(weights.split(lengths)):
                torch.sum(text, dim=0, out=pooled[row, start:end])
        return pooled

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, Tensor, Tensor, None]:
        states, weight, bias = ctx.saved_tensors
        wide = gradients[0].dtype
        by_state = torch.zeros_like(states, dtype=wide)
        by_weight, by_bias = torch.empty_like(weight), torch.empty_like(bias)
        counts = torch.tensor(ctx.lengths, device=states.device)
        for start, end in slices(*_sizes(states, weight)):
            logits = _logits(states, weight, bias, start, end, wide)
            share = gradients[0][:, start:end].repeat_interleave(counts, dim=0)
            share = torch.where(logits > 0, share * ctx.activation.slope(torch.relu(logits)), 0)
            narrow = share.to(states.dtype)
            by_state += narrow @ weight[start:end].to(states.dtype)
            by_weight[start:end] = narrow.t() @ states
            by_bias[start:end] = share.sum(dim=0)
        return by_state.to(states.dtype), None, by_weight, by_bias, None


def _sizes(states: Tensor, weight: Tensor) -> tuple[int, int]:
    return states.shape[0], weight.shape[0]


def _logits(states: Tensor, weight: Tensor, bias: Tensor, start: int, end: int, wide: torch.dtype) -> Tensor:
    return (states @ weight[start:end].t().to(states.dtype)).to(wide) + bias[start:end].to(wide)
