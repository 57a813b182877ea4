"""Query tables in training: token ids in, weights out, with the same way back as a network has."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from lsr.encoders.base import batched
from lsr.encoders.idf import count_documents, idf
from lsr.encoders.tokenization import TextTokenizer
from lsr.training.forward import Pending
from lsr.training.sides import ProjectionSide, TableSide


class TableForward:
    """Look queries up, and send gradients into the table.

    Args:
        side: The table.
    """

    def __init__(self, side: TableSide | ProjectionSide) -> None:
        self.side = side

    def __call__(self, queries: Sequence[Sequence[int]]) -> Pending:
        """Encode queries given as token ids without special ones."""
        weights: Tensor = self.side(queries)

        def backward(gradient: Tensor) -> None:
            if weights.requires_grad:
                weights.backward(gradient)  # type: ignore[no-untyped-call]

        return Pending(weights.detach(), backward)


def corpus_idf(texts: Iterable[str], tokenizer: TextTokenizer, size: int, silent: Sequence[int]) -> Tensor:
    """Return idf of every token over texts, float32[V]; 0 for the ids in `silent` (special tokens)."""
    frequencies = np.zeros(size, dtype=np.int64)
    documents = sum(count_documents(tokenizer.content(batch), frequencies) for batch in batched(texts, 1024))
    weights = idf(frequencies, documents)
    weights[list(silent)] = 0
    return torch.from_numpy(weights)
