"""A text's own tokens as a vector: what a lexical engine would store, to be learned beside what a model expands to.

A penalty on FLOPS drops own tokens first that the batches' few dozen documents can be told apart without; in a corpus
of thousands they are missed. Their weight is BM25's saturated frequency without its length normalisation
(Robertson & Zaragoza, 2009, §3.4): f (k1 + 1) / (f + k1).
"""

from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

from lsr.encoders.tokenization import TextTokenizer

K1 = 0.9
LEAST_IDF = 1.5
"""Tokens in about a fifth of all documents and more say too little to be stored for their own sake."""


class OwnTerms:
    """Weigh the tokens of texts.

    Args:
        tokenizer: Cuts texts as the model reads them.
        idf: float32[V] of the training documents; 0 for special tokens.
        weight: Of a token that occurs once.
    """

    def __init__(self, tokenizer: TextTokenizer, idf: Tensor, weight: float) -> None:
        self._tokenizer, self._weight = tokenizer, weight
        self._kept = idf >= LEAST_IDF

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Return float32, shape (texts, V)."""
        out = torch.zeros(len(texts), len(self._kept))
        for row, tokens in enumerate(self._tokenizer.content(texts)):
            counts = Counter(tokens)
            ids = torch.tensor(list(counts), dtype=torch.long)
            found = torch.tensor(list(counts.values()), dtype=torch.float32)
            out[row, ids] = self._weight * found * (K1 + 1) / (found + K1)
        return out * self._kept


def heaviest(vectors: Tensor, count: int) -> Tensor:
    """Return vectors with only the `count` largest weights of each row; among equals, torch's choice."""
    if count >= vectors.shape[1]:
        return vectors
    values, ids = vectors.topk(count, dim=1)
    return torch.zeros_like(vectors).scatter(1, ids, values)
