"""The vocabulary head with max pooling, without ever holding (batch, length, vocabulary) logits.

SPLADE's weight of term j is max over tokens i of log1p(relu(z_ij)), z = h Eᵀ + b (Formal et al., SPLADE v2,
arXiv:2109.10086, §3). The activation is monotone and b does not depend on the token, so

    max_i log1p(relu(h_i · E_j + b_j)) = log1p(relu(max_i(h_i · E_j) + b_j)):

raw products are pooled first and everything else happens on (batch, V) only. The products themselves are made for a
slice of the vocabulary at a time, in one buffer that is used for all batches and stays in cache.
"""

import torch
from torch import Tensor

SLICE = 1 << 20  # products in the buffer: 4 MiB, about a core's share of the cache; larger and smaller were slower


class MaxPoolHead:
    """Pool token states to one weight a term.

    Args:
        weight: The output embedding E, shape (V, d).
        bias: b, shape (V,), or None.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self.weight = weight
        self.bias = bias
        self._products = torch.empty(0, dtype=weight.dtype, device=weight.device)
        self._pooled = torch.empty(0, dtype=weight.dtype, device=weight.device)

    def __call__(self, states: Tensor) -> Tensor:
        """Return max_i(h_i · E_j) + b_j.

        Args:
            states: h, shape (B, L, d), of the weight's dtype. Padding must repeat a real token's state.

        Returns:
            Shape (B, V), valid until the next call.
        """
        batch, length, width = states.shape
        tokens = batch * length
        size = self.weight.shape[0]
        step = max(64, SLICE // tokens)
        products = self._products = _at_least(self._products, tokens * min(step, size))
        self._pooled = _at_least(self._pooled, batch * size)
        pooled = self._pooled[: batch * size].view(batch, size)
        flat = states.reshape(tokens, width)
        for start in range(0, size, step):
            rows = self.weight[start : start + step]
            out = products[: tokens * rows.shape[0]].view(tokens, rows.shape[0])
            torch.mm(flat, rows.t(), out=out)
            pooled[:, start : start + step] = out.view(batch, length, -1).amax(dim=1)
        if self.bias is not None:
            pooled += self.bias
        return pooled


def _at_least(buffer: Tensor, size: int) -> Tensor:
    return buffer if buffer.numel() >= size else torch.empty(size, dtype=buffer.dtype, device=buffer.device)
