"""BM25 as an encoder: the classic baseline in the same engine as learned models.

A document's weight of term t is tf (k1 + 1) / (tf + k1 (1 - b + b |d| / avgdl)), a query's is its count of t times
idf(t); their inner product is BM25 (Robertson & Zaragoza 2009, §3.4).
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import Stemmer
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr.encoders.base import Progress, SparseEncoder
from lsr.encoders.idf import idf
from lsr_index.errors import InputError, ModelError
from lsr_index.vectors import from_rows
from lsr_index.vocabulary import Vocabulary

SETTINGS_FILE, IDF_FILE = "encoder.json", "idf.npy"
WORD = re.compile(r"\w+")
# The words that Lucene's English analyser drops.
STOP_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this "
    "to was will with".split()
)


class Analyzer:
    """Lower-case words without stop words, stemmed by Snowball."""

    def __init__(self, language: str = "english") -> None:
        try:
            self._stem = Stemmer.Stemmer(language)
        except KeyError as error:
            raise ModelError(f"no stemmer for {language!r}; known are {', '.join(Stemmer.algorithms())}") from error
        self.language = language

    def __call__(self, text: str) -> list[str]:
        """Return the terms of a text in order."""
        return list(self._stem.stemWords([w for w in WORD.findall(text.lower()) if w not in STOP_WORDS]))


class BM25Encoder(SparseEncoder):
    """Bags of stemmed words; `fit` learns the vocabulary, idf and the average length from the corpus.

    Args:
        k1: Saturation of term frequency, >= 0.
        b: Strength of length normalisation, 0…1.
        language: Snowball's name of the stemmer.
    """

    kind = "bm25"
    needs_corpus = True
    name = "bm25"

    def __init__(self, *, k1: float = 0.9, b: float = 0.4, language: str = "english") -> None:
        if not (k1 >= 0 and 0 <= b <= 1):
            raise InputError(f"BM25 needs k1 >= 0 and b in 0…1, got k1 = {k1}, b = {b}")
        self.k1, self.b = k1, b
        self.analyzer = Analyzer(language)
        self._vocabulary: Vocabulary | None = None
        self._idf: NDArray[np.float32] = np.empty(0, dtype=np.float32)
        self._average_length = 1.0

    @property
    def vocabulary(self) -> Vocabulary:
        """The distinct terms of the corpus, sorted.

        Raises:
            ModelError: before `fit`.
        """
        if self._vocabulary is None:
            raise ModelError("bm25 has no vocabulary yet: fit it on the corpus first")
        return self._vocabulary

    @property
    def idf(self) -> NDArray[np.float32]:
        """The weight of each term of the vocabulary, float32[V]."""
        return self._idf

    def fit(self, texts: Iterable[str]) -> None:
        """Learn the vocabulary, document frequencies and the average length."""
        frequencies: Counter[str] = Counter()
        documents = length = 0
        for text in texts:
            terms = self.analyzer(text)
            frequencies.update(set(terms))
            documents += 1
            length += len(terms)
        terms = sorted(frequencies)
        self._vocabulary = Vocabulary(terms)
        self._idf = idf(np.array([frequencies[term] for term in terms], dtype=np.int64), documents)
        self._average_length = length / documents if length else 1.0

    def encode_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> csr_array:
        """Return saturated, length-normalised term frequencies."""
        rows = []
        for text in texts:
            terms = self.analyzer(text)
            ids, counts = self._count(terms)
            norm = self.k1 * (1 - self.b + self.b * len(terms) / self._average_length)
            rows.append((ids, counts * (self.k1 + 1) / (counts + norm)))
        if progress:
            progress(len(texts))
        return from_rows(rows, len(self.vocabulary))

    def encode_queries(self, texts: Sequence[str], *, progress: Progress | None = None) -> csr_array:
        """Return term counts × idf; terms that the corpus lacks are dropped."""
        rows = []
        for text in texts:
            ids, counts = self._count(self.analyzer(text))
            rows.append((ids, counts * self._idf[ids]))
        if progress:
            progress(len(texts))
        return from_rows(rows, len(self.vocabulary))

    def terms_of_words(self, words: Sequence[str]) -> list[list[int]]:
        """Return the id of each word's stem, where the corpus has it."""
        return [self._count(self.analyzer(word))[0].tolist() for word in words]

    def record(self) -> dict[str, Any]:
        """Describe this encoder for the manifest."""
        return {"kind": self.kind, "model": self.name, "revision": "1", "settings": self._settings}

    def save_query_side(self, folder: Path) -> None:
        """Write idf and settings; the terms are the index's vocabulary."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / IDF_FILE, self._idf)
        (folder / SETTINGS_FILE).write_text(json.dumps(self._settings))

    @property
    def _settings(self) -> dict[str, Any]:
        settings = {"k1": self.k1, "b": self.b, "language": self.analyzer.language}
        return {**settings, "average_length": self._average_length}

    def _count(self, terms: list[str]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        counts = Counter(number for term in terms if (number := self.vocabulary.get(term)) is not None)
        ids = sorted(counts)
        return np.array(ids, dtype=np.int32), np.array([counts[number] for number in ids], dtype=np.float32)


def load_query_side(folder: Path, vocabulary: Vocabulary) -> BM25Encoder:
    """Load what `save_query_side` wrote; the result encodes queries and further documents alike."""
    settings = json.loads((folder / SETTINGS_FILE).read_text())
    average_length = settings.pop("average_length")
    encoder = BM25Encoder(**settings)
    encoder._vocabulary, encoder._average_length = vocabulary, average_length
    encoder._idf = np.load(folder / IDF_FILE)
    return encoder
