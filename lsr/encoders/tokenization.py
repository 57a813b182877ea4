"""Texts to token ids with the tokenizers library alone: no torch, no transformers on the query path."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from lsr.encoders.folding import Folding
from lsr_index.errors import InputError, ModelError
from lsr_index.text import well_formed
from lsr_index.vocabulary import Vocabulary


@dataclass(frozen=True)
class Windows:
    """What is read of some texts, one text after the other."""

    sequences: list[list[int]]
    """Token ids, special ones included."""
    counts: NDArray[np.int64]
    """How many sequences each text has; 0 for an empty one."""
    cut: int
    """Texts of which only the beginning is read."""

    @property
    def owners(self) -> NDArray[np.int64]:
        """The text that each sequence belongs to."""
        return np.repeat(np.arange(len(self.counts)), self.counts)


class TextTokenizer:
    """A tokenizer cut to a length, or into windows, that says which texts hold nothing but special tokens.

    Args:
        tokenizer: Any tokenizer of the tokenizers library; it is configured here and must not be shared.
        max_length: Tokens kept of each text, special ones included.
        pad_id: Token id for padding.
        stride: Read longer texts in windows that overlap by this many tokens; None cuts them.
        fold: Let terms be tokens without their case and leading space; see `lsr.encoders.folding`.

    Raises:
        InputError: if a window would hold nothing but what the one before it holds.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        max_length: int,
        pad_id: int = 0,
        stride: int | None = None,
        *,
        fold: bool = False,
    ) -> None:
        self._tokenizer = tokenizer
        self.folding = Folding(tokenizer) if fold else None
        self.max_length = max_length
        self.pad_id = pad_id
        self.stride = stride
        tokenizer.no_padding()
        content = max_length - tokenizer.num_special_tokens_to_add(False)
        if stride is not None and not 0 <= stride < content:
            raise InputError(
                f"the stride is {stride}, but windows of {max_length} tokens hold {content} of a text; choose a smaller"
            )
        tokenizer.enable_truncation(max_length, stride=stride or 0)

    @classmethod
    def from_folder(
        cls, folder: Path, max_length: int, stride: int | None = None, *, fold: bool = False
    ) -> "TextTokenizer":
        """Load `tokenizer.json`, or let transformers make one from older files (vocab.txt and the like).

        Raises:
            ModelError: if the folder has no tokenizer.
        """
        config = _read_json(folder / "tokenizer_config.json")
        file = folder / "tokenizer.json"
        try:
            tokenizer = Tokenizer.from_file(str(file)) if file.is_file() else _convert(folder)
        except Exception as error:  # the library raises bare Exceptions
            raise ModelError(f"cannot load the tokenizer of {folder}: {str(error).splitlines()[0]}") from error
        # Decoders often have no token for padding; the one that ends texts serves as well, since it is never read.
        named = [config.get("pad_token"), "[PAD]", config.get("eos_token")]
        names = [token["content"] if isinstance(token, dict) else token for token in named if token]
        ids = [number for name in names if (number := tokenizer.token_to_id(name)) is not None]
        return cls(tokenizer, max_length, ids[0] if ids else 0, stride, fold=fold)

    def windows(self, texts: Sequence[str], prompt: str = "") -> "Windows":
        """Return the token ids that are read of each text: none where there are no tokens but special ones."""
        encodings = self._tokenizer.encode_batch([well_formed(prompt + text) for text in texts])
        sequences: list[list[int]] = []
        counts = np.zeros(len(texts), dtype=np.int64)
        cut = 0
        for number, (text, encoding) in enumerate(zip(texts, encodings, strict=True)):
            if not text.strip() or sum(encoding.special_tokens_mask) == len(encoding.ids):
                continue
            rest = encoding.overflowing
            if self.stride is None:
                cut += bool(rest)
                rest = []
            sequences += [part.ids for part in (encoding, *rest)]
            counts[number] = 1 + len(rest)
        return Windows(sequences, counts, cut)

    def content(self, texts: Sequence[str], *, whole: bool = False) -> list[list[int]]:
        """Return the terms of each text's tokens without special ones, cut to the same length unless `whole`."""
        if not whole:
            return self.read(texts).sequences
        overlap = self.stride or 0
        return [
            self.terms_of(encoding.ids + [token for part in encoding.overflowing for token in part.ids[overlap:]])
            for encoding in self._bare(texts)
        ]

    def read(self, texts: Sequence[str]) -> "Windows":
        """Return the terms that are read of each text, one sequence a text, without special tokens."""
        encodings = self._bare(texts)
        sequences = [self.terms_of(encoding.ids) for encoding in encodings]
        cut = sum(bool(encoding.overflowing) for encoding in encodings)
        return Windows(sequences, np.ones(len(texts), dtype=np.int64), cut)

    def terms_of(self, tokens: list[int]) -> list[int]:
        """Return the terms that tokens stand for: themselves, where nothing is folded."""
        return tokens if self.folding is None else self.folding.terms_of(tokens)

    def encode_pairs(self, pairs: Sequence[tuple[str, str]]) -> list[Encoding]:
        """Return the tokens of pairs of texts, the longer text of each cut first."""
        return self._tokenizer.encode_batch([(well_formed(first), well_formed(second)) for first, second in pairs])

    def with_length(self, max_length: int) -> "TextTokenizer":
        """Return the same tokenizer cut to another length."""
        copy = Tokenizer.from_str(self._tokenizer.to_str())
        return TextTokenizer(copy, max_length, self.pad_id, fold=self.folding is not None)

    def _bare(self, texts: Sequence[str]) -> list[Encoding]:
        return self._tokenizer.encode_batch([well_formed(text) for text in texts], add_special_tokens=False)

    @property
    def special_ids(self) -> set[int]:
        """Ids of the tokens that stand for no text: those so marked, and those put around an empty text."""
        marked = {number for number, token in self._tokenizer.get_added_tokens_decoder().items() if token.special}
        unknown = {self.unknown_id} if self.unknown_id is not None else set[int]()
        return marked | set(self._tokenizer.encode("").ids) | unknown | {self.pad_id}

    def vocabulary(self, size: int) -> Vocabulary:
        """Return the terms as a vocabulary of `size`; output rows without a token get a name of their own."""
        if self.folding is not None:
            names = self.folding.names[:size]
            return Vocabulary([*names, *(f"[unnamed term {number}]" for number in range(len(names), size))])
        by_id = {number: token for token, number in self._tokenizer.get_vocab(with_added_tokens=True).items()}
        return Vocabulary(by_id.get(number, f"[unnamed{number}]") for number in range(size))

    @property
    def unknown_id(self) -> int | None:
        """The id of the token for what no other token covers, None where there is none."""
        unknown = getattr(self._tokenizer.model, "unk_token", None)
        return None if unknown is None else self._tokenizer.token_to_id(unknown)

    def save(self, path: Path) -> None:
        """Write the tokenizer, its length included, as a `tokenizer.json`."""
        self._tokenizer.save(str(path))


def _convert(folder: Path) -> Tokenizer:
    from transformers import AutoTokenizer

    tokenizer: Tokenizer = AutoTokenizer.from_pretrained(folder).backend_tokenizer
    return tokenizer


def _read_json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return content
