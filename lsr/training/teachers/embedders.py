"""Encoders of every kind behind one door: an identity that a cache can trust, and vectors of either side."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import xxhash

from lsr.encoders.base import Progress, SparseEncoder
from lsr.encoders.bm25 import BM25Encoder
from lsr.encoders.dense import DenseEncoder, Side
from lsr.training.teachers.vector_cache import DenseCache, Kept, SparseCache, VectorCache, Vectors


class Embedder(Protocol):
    """What a teacher needs of an encoder."""

    def fit(self, documents: Iterable[str]) -> None:
        """Collect the statistics of all training documents, where the encoder has any."""
        ...

    @property
    def identity(self) -> str:
        """What the vectors depend on, but for the text."""
        ...

    def encode(self, texts: Sequence[str], side: Side, progress: Progress) -> Vectors:
        """Return a vector of each text."""
        ...

    def open_cache(self, folder: Path) -> VectorCache:
        """Open a cache of such vectors."""
        ...


class DenseEmbedder:
    """A dense encoder.

    Args:
        encoder: Makes the vectors.
        kept: What a cache keeps their numbers as.
    """

    def __init__(self, encoder: DenseEncoder, kept: Kept = "float16") -> None:
        self._encoder = encoder
        self._kept: Kept = kept

    def fit(self, documents: Iterable[str]) -> None:
        """Do nothing."""

    @property
    def identity(self) -> str:
        """Name, hash of the files, length, and what numbers are computed and kept in."""
        encoder = self._encoder
        name = f"{Path(encoder.name).name}-{encoder.revision}-{encoder.max_length}-{str(encoder.dtype)[6:]}"
        return name if self._kept == "float16" else f"{name}-in-{self._kept}"

    def encode(self, texts: Sequence[str], side: Side, progress: Progress) -> Vectors:
        """Return float32[n, d]."""
        return self._encoder.encode(texts, side=side, progress=progress)

    def open_cache(self, folder: Path) -> VectorCache:
        """Open a cache of dense vectors."""
        return DenseCache(folder, self._encoder.dimensions, self._kept)


class SparseEmbedder:
    """A sparse encoder; one that needs a corpus is fitted to the training documents."""

    def __init__(self, encoder: SparseEncoder) -> None:
        self._encoder = encoder

    def fit(self, documents: Iterable[str]) -> None:
        """Fit an encoder that needs a corpus."""
        if self._encoder.needs_corpus:
            self._encoder.fit(documents)

    @property
    def identity(self) -> str:
        """Name and hash of the record; of BM25 also what it learnt from the corpus."""
        record = self._encoder.record()
        parts = [repr(sorted(record.items())), self._encoder.vocabulary.fingerprint]
        if isinstance(self._encoder, BM25Encoder):
            parts.append(xxhash.xxh3_64_hexdigest(self._encoder.idf.tobytes()))
        return f"{Path(record['model']).name}-{xxhash.xxh3_64_hexdigest(chr(10).join(parts).encode())}"

    def encode(self, texts: Sequence[str], side: Side, progress: Progress) -> Vectors:
        """Return a matrix of shape (n, V)."""
        encode = self._encoder.encode_queries if side == "query" else self._encoder.encode_documents
        return encode(texts, progress=progress)

    def open_cache(self, folder: Path) -> VectorCache:
        """Open a cache of sparse rows."""
        return SparseCache(folder, len(self._encoder.vocabulary))
