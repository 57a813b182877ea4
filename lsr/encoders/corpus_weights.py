"""Query weights that come from a corpus, wholly or in part: counted while it passes, settled when it has."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lsr.encoders.idf import count_documents, idf
from lsr.encoders.tokenization import TextTokenizer


class CorpusWeights:
    """Count in how many documents each token occurs, and weigh by it.

    Args:
        tokenizer: Reads as much of a document as the document side does.
        size: V.
        whole: Read longer documents whole, as windows do.
        own: float32[V], the model's own weights; None where there are none.
        share: Of the corpus's idf beside own weights, 0 to 1.
    """

    def __init__(
        self, tokenizer: TextTokenizer, size: int, *, whole: bool, own: NDArray[np.float32] | None, share: float
    ) -> None:
        self._tokenizer, self._whole = tokenizer, whole
        self._own, self._share = own, share
        self._counts = own is None or share > 0
        self._frequencies = np.zeros(size, dtype=np.int64)
        self._documents = 0

    def add(self, texts: Sequence[str]) -> None:
        """Count some more documents."""
        if self._counts:
            tokens = self._tokenizer.content(texts, whole=self._whole)
            self._documents += count_documents(tokens, self._frequencies)

    def weights(self) -> NDArray[np.float32]:
        """Return float32[V]: idf, put to the scale of own weights (equal means over the tokens that occur) and mixed.

        What the model gives no weight at all, special tokens above all, keeps none.
        """
        if self._own is not None and not self._counts:
            return self._own
        weights = idf(self._frequencies, self._documents)
        if (unknown := self._tokenizer.unknown_id) is not None:
            weights[self._tokenizer.terms_of([unknown])] = 0  # characters that no token covers say nothing
        if self._own is None:
            return weights
        occurs = self._frequencies > 0
        scale = self._own[occurs].mean() / max(weights[occurs].mean(), 1e-9) if occurs.any() else 1.0
        mixed = (1 - self._share) * self._own + self._share * scale * weights
        return np.where(self._own > 0, mixed, 0).astype(np.float32)
