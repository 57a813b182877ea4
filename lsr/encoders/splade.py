"""SPLADE: networks that weigh the terms of a vocabulary, one for both sides or one for each."""

from collections.abc import Callable, Sequence
from typing import Any

from scipy.sparse import csr_array

from lsr.encoders.base import Progress, SparseEncoder
from lsr.encoders.side import Side
from lsr_index.errors import ModelError
from lsr_index.vocabulary import Vocabulary


class SpladeEncoder(SparseEncoder):
    """Encode queries and documents with networks.

    Args:
        queries: Encodes queries.
        documents: Gives what encodes documents when some are first to be encoded: where it is another network,
            answering queries never loads it.
        name: As the user named it.
        revision: Fingerprint of the files.
        settings: What both were set to, for the record.
    """

    kind = "splade"

    def __init__(
        self,
        queries: Side,
        documents: Callable[[], Side],
        *,
        name: str,
        revision: str,
        settings: dict[str, Any],
    ) -> None:
        self.name = name
        self.revision = revision
        self._queries = queries
        self._make_documents = documents
        self._documents: Side | None = None
        self._settings = settings

    @property
    def vocabulary(self) -> Vocabulary:
        """The tokenizer's tokens."""
        return self._queries.vocabulary

    @property
    def cut(self) -> int:
        """Documents so far of which only the beginning was read."""
        return self._documents.cut if self._documents else 0

    def encode_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> csr_array:
        """Encode documents."""
        if self._documents is None:
            self._documents = self._make_documents()
            if self._documents.vocabulary.fingerprint != self.vocabulary.fingerprint:
                raise ModelError(f"{self.name} has other vocabularies for queries and documents")
        return self._documents.encode(texts, progress)

    def encode_queries(self, texts: Sequence[str], *, progress: Progress | None = None) -> csr_array:
        """Encode queries."""
        return self._queries.encode(texts, progress)

    def terms_of_words(self, words: Sequence[str]) -> list[list[int]]:
        """Return the ids of each word's tokens."""
        return self._queries.tokenizer.content(words)

    def record(self) -> dict[str, Any]:
        """Describe this encoder for the manifest."""
        return {"kind": self.kind, "model": self.name, "revision": self.revision, "settings": self._settings}
