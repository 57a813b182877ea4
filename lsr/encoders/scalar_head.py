"""One weight for each token of a text, and a term's largest: no expansion.

    w_j = max over tokens i = j of relu(w · h_i + b)

uniCOIL (Lin & Ma, arXiv:2106.14807) and, with words for tokens, DeepImpact (Mallia et al., arXiv:2104.12016).
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lsr.encoders.pooling import Row


def term_weights(logits: Tensor, tokens: Tensor, lengths: Sequence[int], size: int, silent: Tensor) -> Tensor:
    """Return each term's largest weight in every text, differentiable in the logits.

    Args:
        logits: w · h_i + b of the texts' tokens, one text after the other, shape (T,).
        tokens: int64[T], the terms that they are.
        lengths: Tokens of each text, T in all.
        size: V.
        silent: int64, terms that never weigh anything (special tokens).

    Returns:
        Shape (B, V), float32 at least.
    """
    weights = torch.relu(logits.to(torch.promote_types(logits.dtype, torch.float32)))
    weights = torch.where(torch.isin(tokens, silent), 0, weights)
    rows = torch.arange(len(lengths), device=tokens.device).repeat_interleave(
        torch.tensor(lengths, device=tokens.device)
    )
    none = torch.zeros(len(lengths) * size, dtype=weights.dtype, device=weights.device)
    return none.scatter_reduce(0, rows * size + tokens, weights, "amax").view(-1, size)


class ScalarPooling:
    """Weigh the tokens of texts, for encoding.

    Args:
        weight: w, shape (d,).
        bias: b, a scalar.
        silent: int64, terms that never weigh anything.
        size: V.
        top_k: Keep the heaviest terms of each text; None keeps all.
        groups: int64, the folded term of each token; None folds nothing.
    """

    def __init__(
        self,
        weight: Tensor,
        bias: Tensor,
        silent: Tensor,
        size: int,
        top_k: int | None,
        groups: NDArray[np.int64] | None = None,
    ) -> None:
        self._weight, self._bias, self._silent = weight, bias, silent
        self._size, self._top_k = size, top_k
        self._groups = None if groups is None else torch.from_numpy(groups).to(weight.device)

    def __call__(self, states: Tensor, lengths: list[int], tokens: Tensor) -> list[Row]:
        """Return each text's term ids, ascending, and weights, all above zero.

        Args:
            states: Shape (T, d): the texts' tokens, one text after the other.
            lengths: Tokens of each text, all > 0, T in all.
            tokens: int64[T].
        """
        tokens = tokens if self._groups is None else self._groups[tokens]
        logits = states.float() @ self._weight + self._bias
        found = []
        for row in term_weights(logits, tokens, lengths, self._size, self._silent):
            terms = torch.nonzero(row).flatten()
            if self._top_k and self._top_k < len(terms):
                heaviest = torch.sort(row[terms], descending=True, stable=True).indices[: self._top_k]
                terms = terms[heaviest].sort().values
            found.append((terms.cpu().numpy().astype(np.int32), row[terms].cpu().numpy()))
        return found
