"""Vocabularies of cased and byte-pair tokenizers with variants of a token folded into one term.

"The", " the", "THE" and "the" are four tokens of a decoder. A query has one of them and a document another, so without
folding a model has to learn each twice and postings are split. Folded, a term weighs what its heaviest variant does.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

SPACES = "Ġ▁"
"""What marks a leading space in tokens of byte-level and of sentence-piece vocabularies."""


class Folding:
    """The term of each token.

    Tokens with the same text but for case and space around it are one term; special tokens, space itself and
    incomplete bytes stay what they are. Terms are numbered as their first tokens are.

    Args:
        tokenizer: Its vocabulary is folded.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    @cached_property
    def _folded(self) -> tuple[list[int], list[str]]:
        by_id = {number: token for token, number in self._tokenizer.get_vocab(with_added_tokens=True).items()}
        special = {number for number, token in self._tokenizer.get_added_tokens_decoder().items() if token.special}
        groups: list[int] = []
        names: dict[str, int] = {}
        for number in range(max(by_id, default=-1) + 1):
            token = by_id.get(number, f"[unnamed{number}]")
            text = "" if number in special or number not in by_id else self._text(number, token)
            # A text may be spelt as a token that stays what it is: both keep a name of their own.
            name = text or token
            while not text and name in names:
                name += "'"
            groups.append(names.setdefault(name, len(names)))
        return groups, list(names)

    def _text(self, number: int, token: str) -> str:
        plain = token.lstrip(SPACES) if self._tokenizer.decoder is None else self._tokenizer.decode([number])
        return "" if "\ufffd" in plain else plain.strip().casefold()

    @property
    def names(self) -> list[str]:
        """The terms."""
        return self._folded[1]

    def terms_of(self, tokens: list[int]) -> list[int]:
        """Return the term of each token."""
        groups = self._folded[0]
        return [groups[token] for token in tokens]

    def groups(self, size: int) -> NDArray[np.int64]:
        """Return the term of each of a network's `size` outputs, int64; those without a token follow as their own."""
        groups, names = self._folded
        rest = np.arange(max(0, size - len(groups))) + len(names)
        return np.concatenate([np.array(groups[:size], dtype=np.int64), rest]).astype(np.int64)
