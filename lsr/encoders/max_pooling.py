"""Max pooling over the vocabulary that can be trained through, at the price of what is not zero.

Nothing V wide is kept for the backward pass but what it is given: the gradient of the pooled values, most of which is
zero (a term that no token lifts above zero, or that no query and no penalty touches, has none). For each text only the
terms with a gradient are multiplied again, to find which token won; ties go to the first token, as torch.max has it.
With n such terms the backward pass costs 4 n L d + … instead of 4 L V d multiply-adds.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from lsr.encoders.head import Buffers, max_products

DENSE = 0.25
"""Share of the vocabulary above which gathering the rows of E costs more than taking all of them."""


def max_pool(states: Tensor, lengths: Sequence[int], weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return max_i(h_i · E_j) + b_j of every text, differentiable in h, E and b.

    Args:
        states: h, shape (T, d): the texts' tokens, one text after the other. Under bfloat16, products are made in it.
        lengths: Tokens of each text, all > 0, T in all.
        weight: The output embedding E, shape (V, d).
        bias: b, shape (V,).

    Returns:
        Shape (B, V), float32 at least.
    """
    pooled: Tensor = _MaxPool.apply(states, tuple(lengths), weight)  # type: ignore[no-untyped-call]
    return pooled if bias is None else pooled + bias


class _MaxPool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, states: Tensor, lengths: tuple[int, ...], weight: Tensor) -> Tensor:
        ctx.save_for_backward(states, weight)
        ctx.lengths = lengths
        pooled = max_products(states, lengths, weight.to(states.dtype), Buffers())
        return pooled.to(torch.promote_types(states.dtype, torch.float32))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, Tensor | None]:
        states, weight = ctx.saved_tensors
        by_state = torch.zeros_like(states, dtype=gradients[0].dtype)
        by_weight = torch.zeros_like(weight) if ctx.needs_input_grad[2] else None
        products_weight = weight.to(states.dtype)
        first = 0
        for row, length in enumerate(ctx.lengths):
            tokens = slice(first, first + length)
            _one_text(states[tokens], products_weight, gradients[0][row], by_state[tokens], by_weight)
            first += length
        return by_state.to(states.dtype), None, by_weight


def _one_text(states: Tensor, weight: Tensor, gradient: Tensor, by_state: Tensor, by_weight: Tensor | None) -> None:
    terms = torch.nonzero(gradient).flatten()
    if not len(terms):
        return
    if len(terms) < DENSE * len(gradient):
        rows = weight[terms]
        winners = torch.mm(rows, states.t()).argmax(dim=1)
    else:
        winners = torch.mm(weight, states.t()).argmax(dim=1)[terms]
        rows = weight[terms]
    share = gradient[terms].unsqueeze(1)
    by_state.index_add_(0, winners, share * rows.to(share.dtype))
    if by_weight is not None:
        by_weight.index_add_(0, terms, (share * states[winners].to(share.dtype)).to(by_weight.dtype))
