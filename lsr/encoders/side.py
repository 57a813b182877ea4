"""One side of a SPLADE model: how its texts are read, and the network that weighs them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr.encoders import memory
from lsr.encoders.base import Progress
from lsr.encoders.network import Network
from lsr.encoders.pooling import Row
from lsr.encoders.tokenization import TextTokenizer
from lsr_index.vectors import from_rows
from lsr_index.vocabulary import Vocabulary

SORTED_TOGETHER = 2048  # texts that are sorted by length at a time


class Side:
    """Encode texts: the beginning of a long one, or all of it in windows, as its tokenizer is set.

    Args:
        network: Weighs terms; two sides may share one.
        tokenizer: Cuts to a length, or into windows; a term's weight is then its largest in any window.
        prompt: Text put before each text.
        top_k: Keep the heaviest terms of each text, as the network does; None keeps all.
    """

    def __init__(
        self, network: Network, tokenizer: TextTokenizer, *, prompt: str = "", top_k: int | None = None
    ) -> None:
        self._network = network
        self.tokenizer = tokenizer
        self._prompt = prompt
        self._top_k = top_k
        self.vocabulary: Vocabulary = tokenizer.vocabulary(network.vocabulary_size)
        self.cut = 0
        """Texts so far of which only the beginning was read."""

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> csr_array:
        """Return float32 rows of shape (n, V); `SparseEncoder` has the contract."""
        rows: list[Row] = []
        for start in range(0, len(texts), SORTED_TOGETHER):
            rows += self._encode_some(texts[start : start + SORTED_TOGETHER], progress)
            if len(texts) > SORTED_TOGETHER // 8:
                memory.release()
        return from_rows(rows, len(self.vocabulary))

    def _encode_some(self, texts: Sequence[str], progress: Progress | None) -> list[Row]:
        windows = self.tokenizer.windows(texts, self._prompt)
        self.cut += windows.cut
        left, owners_of = windows.counts.copy(), windows.owners
        advance = progress or (lambda _: None)
        advance(int((left == 0).sum()))

        def done(members: NDArray[np.int64]) -> None:
            owners, finished = np.unique(owners_of[members], return_counts=True)
            left[owners] -= finished
            advance(int((left[owners] == 0).sum()))

        rows = self._network.rows(windows.sequences, self.tokenizer.pad_id, done)
        ends = np.cumsum(windows.counts)
        return [
            rows[end - 1] if count == 1 else _merged(rows[end - count : end], self._top_k)
            for end, count in zip(ends, windows.counts, strict=True)
        ]


def _merged(rows: list[Row], top_k: int | None) -> Row:
    """Keep each term's largest weight."""
    terms = np.concatenate([np.empty(0, np.int32), *(terms for terms, _ in rows)])
    weights = np.concatenate([np.empty(0, np.float32), *(weights for _, weights in rows)])
    order = np.lexsort((-weights, terms))
    terms, first = np.unique(terms[order], return_index=True)
    weights = weights[order][first]
    if top_k and top_k < len(terms):
        kept = np.sort(np.argsort(-weights, kind="stable")[:top_k])
        return terms[kept], weights[kept]
    return terms, weights
