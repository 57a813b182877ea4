"""The vocabulary products of a sparse head, pooled a slice of the vocabulary at a time.

SPLADE's weight of term j is max over tokens i of log1p(relu(z_ij)), z = h Eᵀ + b (Formal et al., SPLADE v2,
arXiv:2109.10086, §3). The activation is monotone and b does not depend on the token, so

    max_i log1p(relu(h_i · E_j + b_j)) = log1p(relu(max_i(h_i · E_j) + b_j)):

raw products are pooled first and everything else happens on (batch, V) only. The products are made for a slice of the
vocabulary at a time, in one buffer that stays in cache: (batch, length, V) never exists. Tokens come flat, one text
after the other, so a short text beside a long one costs no padding.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

SLICE = 4 << 20  # bytes of products in the buffer: about a core's share of the cache
NARROWEST = 256  # terms in a slice, however many tokens there are: narrower products are slow


class Buffers:
    """Memory that every batch uses again: ever-new large tensors would cost page faults and fragment the heap."""

    def __init__(self) -> None:
        self._kept: dict[str, Tensor] = {}

    def take(self, name: str, rows: int, columns: int, like: Tensor) -> Tensor:
        """Return an uninitialised (rows, columns) tensor of `like`'s dtype and device, valid until the next call."""
        size = rows * columns
        kept = self._kept.get(name)
        if kept is None or kept.numel() < size or kept.dtype != like.dtype or kept.device != like.device:
            kept = self._kept[name] = torch.empty(size, dtype=like.dtype, device=like.device)
        return kept[:size].view(rows, columns)


def slices(tokens: int, size: int, width: int = 4) -> list[tuple[int, int]]:
    """Cut a vocabulary into the ranges whose products with tokens fit the buffer, where each takes `width` bytes."""
    step = max(NARROWEST, SLICE // (width * max(tokens, 1)))
    return [(start, min(start + step, size)) for start in range(0, size, step)]


def max_products(states: Tensor, lengths: Sequence[int], weight: Tensor, buffers: Buffers) -> Tensor:
    """Return max_i(h_i · E_j) of every text.

    Args:
        states: h, shape (T, d), of the weight's dtype: the texts' tokens, one text after the other.
        lengths: Tokens of each text, all > 0, T in all.
        weight: The output embedding E, shape (V, d).
        buffers: The result lies in them.

    Returns:
        Shape (B, V), valid until the buffers' next use.
    """
    tokens, size = states.shape[0], weight.shape[0]
    pooled = buffers.take("pooled", len(lengths), size, weight)
    for start, end in slices(tokens, size, weight.element_size()):
        products = buffers.take("products", tokens, end - start, weight)
        torch.mm(states, weight[start:end].t(), out=products)
        _pool(products, lengths, pooled[:, start:end])
    return pooled


def fold(pooled: Tensor, groups: Tensor, size: int) -> Tensor:
    """Return the largest of each folded term's values, differentiable; minus infinity for a term without any.

    Args:
        pooled: Values of tokens, shape (B, tokens).
        groups: int64[tokens], their terms; see `lsr.encoders.folding`.
        size: Number of terms.

    Returns:
        Shape (B, size).
    """
    lowest = torch.full((len(pooled), size), -torch.inf, dtype=pooled.dtype, device=pooled.device)
    return lowest.scatter_reduce(1, groups.expand_as(pooled), pooled, "amax")


def _pool(products: Tensor, lengths: Sequence[int], out: Tensor) -> None:
    if len(set(lengths)) == 1:
        torch.amax(products.view(len(lengths), lengths[0], -1), dim=1, out=out)
        return
    first = 0
    for row, length in enumerate(lengths):
        torch.amax(products[first : first + length], dim=0, out=out[row])
        first += length
