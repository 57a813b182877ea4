"""What every encoder is: two ways from texts to sparse vectors, and a record of itself for the index."""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np
from scipy.sparse import csr_array

from lsr_index.vectors import row_terms
from lsr_index.vocabulary import Vocabulary

T = TypeVar("T")
Progress = Callable[[int], None]
"""Called with the number of texts done since the last call."""


class Passing(Protocol):
    """Sees a corpus pass."""

    def add(self, texts: Sequence[str]) -> None:
        """See some more documents."""


class SparseEncoder(ABC):
    """Turn texts into sparse vectors over a vocabulary.

    The contract of both `encode_…` methods: float32 `csr_array` of shape (n, V); rows sorted by term id, weights above
    zero and finite; an empty text gives an empty row; the same text gives the same row whatever its neighbours
    (within 1e-4 in float32). Documents and queries are scored by the inner product of their rows.
    """

    kind: ClassVar[str]
    """The name of this sort of encoder in an index's manifest."""
    needs_corpus: ClassVar[bool] = False
    """Whether `fit` must see the corpus before anything can be encoded."""
    heeds_corpus: ClassVar[bool] = False
    """Whether `fit` changes anything: it may do good where it is not needed."""
    name: str
    """The model as the user named it: a catalogue name, a hub id or a folder."""
    queries_cut: int = 0
    """Queries so far of which only the beginning was read, because they were too long."""

    @staticmethod
    def from_pretrained(name: str | Path, *, inference_free: bool = False, **options: Any) -> "SparseEncoder":
        """Load an encoder by name.

        Args:
            name: `bm25`, a model that comes with lsr (`lsr-mini`), a name of the catalogue (`splade-tiny`), a folder
                or a hub id. A folder may be a bare Hugging Face masked language model, the same with OpenSearch's
                idf.json, or written by sentence-transformers' SparseEncoder (5.x, 6.x) or `lsr.encoders.saving`.
            inference_free: Replace the model's query side by IDF weights of the query's own tokens.
            options: For transformers `max_length` and `query_max_length` (tokens of a text that are read), `long`
                (`truncate`, or `windows`: longer documents are read in windows that overlap by `stride` tokens, and
                a term weighs what it weighs most in any), `top_k`, `corpus_idf` (for a table of query weights: what
                share an indexed corpus's own idf has in them), `query_tf` (whether they count 1 + ln(tf) times in an
                index), `device`, `dtype` (`float32`, `bfloat16`, or `auto`:
                the latter where it is fast), `token_budget` (padded tokens in a batch); for BM25 `k1`, `b`.

        Raises:
            InputError: if an option is unknown or impossible.
            ModelError: if there is no such model or it is of an unknown form.
        """
        from lsr.encoders.loading import load

        return load(str(name), inference_free=inference_free, **options)

    @property
    @abstractmethod
    def vocabulary(self) -> Vocabulary:
        """The terms of the vectors."""

    @property
    def cut(self) -> int:
        """Documents so far of which only the beginning was read, because they were too long."""
        return 0

    @abstractmethod
    def encode_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> csr_array:
        """Encode documents; see the class for the contract."""

    @abstractmethod
    def encode_queries(self, texts: Sequence[str], *, progress: Progress | None = None) -> csr_array:
        """Encode queries; see the class for the contract."""

    @abstractmethod
    def record(self) -> dict[str, Any]:
        """Describe this encoder for the manifest: kind, model, revision and settings."""

    def fit(self, texts: Iterable[str]) -> None:  # noqa: B027 - most encoders need nothing
        """Collect the statistics of a corpus; only encoders that heed it do anything."""

    def passing(self) -> "Passing | None":
        """Return what sees a corpus batch by batch while it is encoded; `take` settles what it saw, as `fit` would.

        None where `fit` must come first, or changes nothing.
        """
        return None

    def take(self, seen: "Passing") -> None:
        """Set the encoder by what `passing` has seen, as `fit` would."""
        raise TypeError(f"{self.name} takes a corpus by fit alone")

    def save_query_side(self, folder: Path) -> None:  # noqa: B027 - most encoders are loaded by name again
        """Put into `folder` what `encode_queries` needs where the model itself is not at hand."""

    def terms_of_words(self, words: Sequence[str]) -> list[list[int]]:
        """Return the term ids that each word of a text is made of, so that matching words can be shown.

        Args:
            words: Single words, as they stand in texts.
        """
        return [[] for _ in words]

    def decode(self, row: csr_array, top_k: int | None = None) -> list[tuple[str, float]]:
        """Return `(term, weight)` of one row, heaviest first, equal weights by term id.

        Args:
            row: Shape (1, V).
            top_k: Keep this many; None keeps all.
        """
        ids, weights = row_terms(row, 0)
        order = np.argsort(-weights, kind="stable")[:top_k]
        return [(self.vocabulary.terms[ids[n]], float(weights[n])) for n in order]


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut a stream into lists of `size`; the last may be shorter."""
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
