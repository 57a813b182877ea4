"""`Retriever`: text in, hits out. An encoder, an index and the stored documents."""

import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from scipy.sparse import csr_array

from lsr.encoders import DEFAULT_MODEL
from lsr.encoders.base import Progress, SparseEncoder
from lsr.encoders.loading import load, load_for_index
from lsr.indexing import build_index
from lsr_index import vectors
from lsr_index.documents import Document
from lsr_index.errors import IndexFormatError, InputError
from lsr_index.filters import Filter
from lsr_index.index import Hits, Mode, SparseIndex
from lsr_index.writer import IndexWriter

Query: TypeAlias = str | Mapping[str, float] | csr_array
"""A text, term weights `{"term": 1.5}`, or one row of vectors."""


@dataclass(frozen=True)
class TermScore:
    """What one term contributed to a score: query weight × document weight."""

    term: str
    query_weight: float
    document_weight: float
    product: float


@dataclass(frozen=True)
class Hit:
    """One found document."""

    id: str
    score: float
    title: str = ""
    text: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    terms: list[TermScore] | None = None
    """Contributions that sum to the score, largest first; only when explained."""


class Retriever:
    """Search texts with an index and the encoder that made it.

    retriever = Retriever.open("idx")
    for hit in retriever.search("how do I flatten a list of lists"):
        print(hit.score, hit.id, hit.title)

    Args:
        index: Where documents are found.
        encoder: Encodes queries; None loads the index's own when it is first needed.
        model: Search with this model instead of the recorded one; it must have the same vocabulary.
    """

    def __init__(self, index: SparseIndex, encoder: SparseEncoder | None = None, model: str | None = None) -> None:
        self.index = index
        self._encoder = encoder
        self._model = model

    @classmethod
    def open(cls, path: str | Path, *, model: str | None = None) -> "Retriever":
        """Open an index; the encoder is loaded with the first text.

        Raises:
            IndexNotFoundError: if there is no index at `path`.
            IndexFormatError: if it is damaged.
        """
        return cls(SparseIndex.open(path), model=model)

    @classmethod
    def build(
        cls,
        documents: Iterable[str | Document],
        *,
        model: str | SparseEncoder = DEFAULT_MODEL,
        path: str | Path | None = None,
        inference_free: bool = False,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> "Retriever":
        """Encode and index texts, all held in memory; `lsr.indexing.build_index` takes streams of any length.

        Args:
            documents: Plain texts get the ids "0", "1", …; pass `Document`s to choose ids, titles and fields.
            model: A model's name, or an encoder; by default the model that comes with lsr.
            path: Where to keep the index; None keeps it in a temporary folder as long as the retriever lives.
            inference_free: Use IDF weights as the query side of the model.
            overwrite: Replace an index at `path`.
            progress: Called with the number of documents encoded since the last call.
        """
        encoder = load(model, inference_free=inference_free) if isinstance(model, str) else model
        numbered = enumerate(documents)
        stored = [Document(str(n), given) if isinstance(given, str) else given for n, given in numbered]
        if path is not None:
            return cls(build_index(stored, encoder, path, overwrite=overwrite, progress=progress), encoder)
        folder = tempfile.mkdtemp(prefix="lsr-")
        try:
            retriever = cls(build_index(stored, encoder, Path(folder) / "index", progress=progress), encoder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        weakref.finalize(retriever, shutil.rmtree, folder, ignore_errors=True)
        return retriever

    @property
    def encoder(self) -> SparseEncoder:
        """The encoder of queries, loaded when first asked for.

        Raises:
            ModelError: if the index records no model, or that model cannot be loaded.
            VocabularyMismatchError: if another model was chosen that does not fit.
        """
        if self._encoder is None:
            self._encoder = load_for_index(self.index, self._model)
        return self._encoder

    def encode(self, queries: Sequence[Query]) -> csr_array:
        """Turn queries of any form into vectors of shape (n, V)."""
        texts = [query for query in queries if isinstance(query, str)]
        encoded: Any = self.encoder.encode_queries(texts) if texts else None
        if texts and len(texts) == len(queries):
            return encoded
        rows, next_text = [], 0
        for query in queries:
            if isinstance(query, str):
                rows.append(encoded[[next_text]])
                next_text += 1
            elif isinstance(query, Mapping):
                rows.append(vectors.from_terms([_checked_weights(query)], self.index.vocabulary))
            else:
                rows.append(query)
        return vectors.concatenate(rows, self.index.manifest.vocabulary_size)

    def search(
        self,
        query: Query,
        k: int = 10,
        *,
        filter: Filter | str | None = None,
        explain: bool = False,
        mode: Mode = "safe",
        timeout_ms: float | None = None,
        rescore: bool | int | None = None,
    ) -> list[Hit]:
        """Return the k best documents for one query, best first.

        Args:
            query: A text, `{"term": weight}`, or a row of vectors. Terms that the vocabulary lacks are ignored.
            k: How many hits at most.
            filter: Only documents whose stored fields pass, as in `year >= 2020 and lang = 'en'`.
            explain: Fill `Hit.terms`.
            mode: "safe", or another of `SparseIndex.search`.
            timeout_ms: Return the best found by then.
            rescore: Find more than k, and let their exact weights decide, where the index keeps those; True, or how
                many more.

        Raises:
            InputError: if an argument cannot be used, or there are no exact weights to rescore with.
        """
        index = self.index  # `refresh` in another thread must not come between searching and fetching
        encoded = self.encode([query])
        found = index.search(encoded, k, filter=filter, mode=mode, timeout_ms=timeout_ms, rescore=rescore)[0]
        return _hits(index, found, encoded if explain else None)

    def search_many(
        self,
        queries: Sequence[Query],
        k: int = 10,
        *,
        filter: Filter | str | None = None,
        mode: Mode = "safe",
        threads: int = 1,
        rescore: bool | int | None = None,
    ) -> list[list[Hit]]:
        """Return the k best documents for each of many queries, encoded together; arguments as in `search`."""
        index = self.index
        encoded = self.encode(queries)
        found = index.search(encoded, k, filter=filter, mode=mode, threads=threads, rescore=rescore)
        return [_hits(index, one, None) for one in found]

    def hits(self, found: Hits, *, explain: csr_array | None = None, start: int = 0) -> list[Hit]:
        """Fetch the documents that the index found.

        Args:
            found: An answer of this retriever's index, not refreshed since.
            explain: The query's row, to fill `Hit.terms`.
            start: Leave this many of the best out.
        """
        return _hits(self.index, found, explain, start)

    def add(self, documents: Iterable[Document], *, progress: Progress | None = None) -> int:
        """Encode and add documents, all held in memory; one whose id exists replaces it.

        All are on disk and found when this returns, and none if it fails. So is what a writer before had logged and
        not committed. `lsr.updating.add_documents` takes streams of any length.

        Args:
            documents: With ids of their own.
            progress: Called with the number of documents encoded since the last call.

        Returns:
            How many there were.

        Raises:
            IndexLockedError: if someone else is writing to the index.
            InputError: if an id is empty or fields cannot be stored.
        """
        added = list(documents)
        rows = self.encoder.encode_documents([document.contents for document in added], progress=progress)
        with self._changing() as writer:
            writer.index.check_vocabulary(self.encoder.vocabulary, self.encoder.name)
            writer.add([document.id for document in added], rows, added)
        return len(added)

    def delete(self, ids: Sequence[str]) -> int:
        """Delete documents by id, durably, and return how many of the ids existed.

        Raises:
            IndexLockedError: if someone else is writing to the index.
        """
        with self._changing() as writer:
            return writer.delete(ids)

    def refresh(self) -> bool:
        """Search from now on what is committed by now, and return whether that is newer than what was.

        Raises:
            IndexNotFoundError, IndexFormatError: if the index is damaged, was replaced by another, or is gone.
        """
        before, newest = self.index, self.index.newest()
        self._check_same(newest)
        self.index = newest
        return newest is not before

    @contextmanager
    def _changing(self) -> Iterator[IndexWriter]:
        with IndexWriter(self.index.path) as writer:
            self._check_same(writer.index)
            yield writer
            writer.commit()
            writer.merge()
        self.refresh()

    def _check_same(self, other: SparseIndex) -> None:
        if other.manifest.identity != self.index.manifest.identity:
            raise IndexFormatError(f"{self.index.path} was replaced since it was opened; open it again")


def _hits(index: SparseIndex, found: Hits, explain: csr_array | None, start: int = 0) -> list[Hit]:
    numbers = found.numbers[start:]
    return [
        Hit(
            document.id,
            float(score),
            document.title,
            document.text,
            document.fields,
            None if explain is None else _explain(index, explain, int(number), exact=found.rescored),
        )
        for document, score, number in zip(index.fetch(numbers), found.scores[start:], numbers, strict=True)
    ]


def _explain(index: SparseIndex, query: csr_array, number: int, *, exact: bool) -> list[TermScore]:
    terms = index.vocabulary.terms
    return [TermScore(terms[term], *weights) for term, *weights in index.explain(query, number, exact=exact)]


def _checked_weights(query: Mapping[str, float]) -> Mapping[str, float]:
    for term, weight in query.items():
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight < float("inf"):
            raise InputError(f"the weight of {term!r} is {weight!r}; weights must be finite numbers >= 0")
    return query
