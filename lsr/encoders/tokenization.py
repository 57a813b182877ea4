"""Texts to token ids with the tokenizers library alone: no torch, no transformers on the query path."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import Encoding, Tokenizer

from lsr_index.errors import ModelError
from lsr_index.text import well_formed
from lsr_index.vocabulary import Vocabulary


class TextTokenizer:
    """A tokenizer cut to a length, that says which texts hold nothing but special tokens.

    Args:
        tokenizer: Any tokenizer of the tokenizers library; it is configured here and must not be shared.
        max_length: Tokens kept of each text, special ones included.
        pad_id: Token id for padding.
    """

    def __init__(self, tokenizer: Tokenizer, max_length: int, pad_id: int = 0) -> None:
        self._tokenizer = tokenizer
        self.max_length = max_length
        self.pad_id = pad_id
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_length)

    @classmethod
    def from_folder(cls, folder: Path, max_length: int) -> "TextTokenizer":
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
        pad = config.get("pad_token") or "[PAD]"
        pad_id = tokenizer.token_to_id(pad["content"] if isinstance(pad, dict) else pad)
        return cls(tokenizer, max_length, pad_id or 0)

    def encode(self, texts: Sequence[str], prompt: str = "") -> list[list[int] | None]:
        """Return the token ids of each text, None where there are no tokens but special ones."""
        encodings = self._tokenizer.encode_batch([well_formed(prompt + text) for text in texts])
        return [
            encoding.ids if text.strip() and sum(encoding.special_tokens_mask) < len(encoding.ids) else None
            for text, encoding in zip(texts, encodings, strict=True)
        ]

    def encode_pairs(self, pairs: Sequence[tuple[str, str]]) -> list[Encoding]:
        """Return the tokens of pairs of texts, the longer text of each cut first."""
        return self._tokenizer.encode_batch([(well_formed(first), well_formed(second)) for first, second in pairs])

    def content(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each text without special tokens, cut to the same length."""
        return [encoding.ids for encoding in self._encode_plain(texts)]

    def _encode_plain(self, texts: Sequence[str]) -> list[Encoding]:
        return self._tokenizer.encode_batch([well_formed(text) for text in texts], add_special_tokens=False)

    def vocabulary(self, size: int) -> Vocabulary:
        """Return the tokens as a vocabulary of `size` terms; output rows without a token get a name of their own."""
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
