"""From token states to sparse weights, for encoding: the vocabulary head, pooling over tokens and the activation."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lsr.encoders.activations import ACTIVATIONS
from lsr.encoders.capabilities import is_bfloat16_fast
from lsr.encoders.head import Buffers, fold, max_products
from lsr.encoders.screening import Screen
from lsr.encoders.sum_pooling import sum_pool
from lsr_index.errors import ModelError

Row = tuple[NDArray[np.int32], NDArray[np.float32]]
POOLINGS = ("max", "sum")
SCREENED_TERMS, SCREENED_WIDTH = 4096, 1024
"""From so many terms on it pays; wider, learning how would take many seconds."""


class Pooling:
    """Pool the tokens of texts to one weight a term.

    Args:
        weight: Output embedding, shape (terms, d).
        bias: Shape (terms,), or None.
        terms: int32[terms], the term id of each row of `weight`, ascending.
        pooling: `max` (SPLADE v2) or `sum` (SPLADE v1, arXiv:2107.05720) over tokens.
        activation: A name of `lsr.encoders.activations`.
        top_k: Keep the heaviest terms of each text; None keeps all.
        groups: int64[V], the folded term of each; None folds nothing.

    Raises:
        ModelError: if pooling or activation are unknown.
    """

    def __init__(
        self,
        weight: Tensor,
        bias: Tensor | None,
        terms: NDArray[np.int32],
        *,
        pooling: str,
        activation: str,
        top_k: int | None,
        groups: NDArray[np.int64] | None = None,
    ) -> None:
        if pooling not in POOLINGS:
            raise ModelError(f"pooling by {pooling!r} is unknown; known are {', '.join(POOLINGS)}")
        if activation not in ACTIVATIONS:
            raise ModelError(f"the activation {activation!r} is unknown; known are {', '.join(ACTIVATIONS)}")
        self._weight, self._bias, self._terms = weight, bias, terms
        self._sums = pooling == "sum"
        self._activation = activation
        self._top_k = top_k
        self._buffers = Buffers()
        self._screen = Screen(weight, bias) if pooling == "max" and screens(weight) else None
        self._groups: Tensor | None = None
        if groups is not None:
            self._groups = torch.from_numpy(groups[terms]).to(weight.device)
            self._terms = np.arange(groups.max() + 1, dtype=np.int32)

    @property
    def width(self) -> int:
        """Width of token states, d."""
        return self._weight.shape[1]

    @property
    def dtype(self) -> torch.dtype:
        """Of token states."""
        return self._weight.dtype

    def __call__(self, states: Tensor, lengths: list[int]) -> list[Row]:
        """Return each text's term ids, ascending, and weights, all above zero.

        Args:
            states: Shape (T, d), of the weight's dtype: the texts' tokens, one text after the other.
            lengths: Tokens of each text, all > 0, T in all.
        """
        if self._sums:
            pooled = sum_pool(states, lengths, self._weight, self._bias, self._activation)
        else:
            if self._screen is not None:
                pooled = self._screen.max_products(states, lengths)
            else:
                pooled = max_products(states, lengths, self._weight, self._buffers)
            pooled = pooled if self._bias is None else pooled.add_(self._bias)
        if self._groups is not None:
            pooled = fold(pooled, self._groups, len(self._terms))
        if self._top_k and self._top_k < pooled.shape[1]:
            kept, columns = pooled.topk(self._top_k, dim=1)
            pooled = torch.zeros_like(pooled).scatter_(1, columns, kept.clamp_(min=0))
        rows, columns = torch.nonzero(pooled > 0, as_tuple=True)
        values = pooled[rows, columns].float()
        if not self._sums:  # monotone: only what is not zero needs it
            values = ACTIVATIONS[self._activation](values)
        ends = np.cumsum(np.bincount(rows.cpu().numpy(), minlength=len(lengths)))[:-1]
        terms = self._terms[columns.cpu().numpy()]
        return list(zip(np.split(terms, ends), np.split(values.cpu().numpy(), ends), strict=True))


def screens(weight: Tensor) -> bool:
    """Tell whether pooling with `weight` is faster where products are left out; see `lsr.encoders.screening`."""
    on_cpu = weight.device.type == "cpu" and is_bfloat16_fast(weight.device)
    return on_cpu and len(weight) >= SCREENED_TERMS and weight.shape[1] <= SCREENED_WIDTH
