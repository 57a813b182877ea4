"""Sparse systems: an index of lsr's own for every size, from vectors that were computed once."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from sys import intern

from scipy.sparse import csr_array

from lsr.encoders.base import SparseEncoder, batched
from lsr.encoders.bm25 import Analyzer, BM25Encoder
from lsr_eval.curse.answers import Answers, without_self
from lsr_eval.curse.encoding import TextVectors
from lsr_eval.curse.pool import Pool
from lsr_eval.curse.systems import Sparse
from lsr_eval.effectiveness import QueryVectors, search_all
from lsr_index import documents, ids, pages
from lsr_index.arrays import I64
from lsr_index.index import SparseIndex
from lsr_index.progress import Bars

BATCH = 2048
NO_VECTORS = {
    documents.FILE, documents.BLOCKS_FILE, documents.IDS_FILE, documents.ID_ENDS_FILE, ids.HASHES_FILE,
    ids.NUMBERS_FILE, pages.FILE,
}  # fmt: skip
"""Files of a segment that hold ids, texts and checksums."""


class SparseSystem:
    """BM25 or a learned model.

    Args:
        given: Which.
        cache: A folder for vectors.
        max_length: Tokens of a text that are read; None for the model's own.

    Raises:
        ModelError: if there is no such model.
    """

    def __init__(self, given: Sparse, cache: Path, max_length: int | None = None) -> None:
        self.name = given.name
        self._vectors: TextVectors | None = None
        if given.model == "bm25":
            bm25 = BM25Encoder()
            bm25.analyzer = RememberingAnalyzer()
            self._encoder: SparseEncoder = bm25
            return
        from lsr.training.teachers.embedders import SparseEmbedder

        encoder = SparseEncoder.from_pretrained(given.model, max_length=max_length)
        # Documents are encoded by the model as it is, so that both kinds of queries share their vectors.
        self._vectors = TextVectors(SparseEmbedder(encoder), cache)
        self._encoder = encoder
        if given.inference_free:
            self._encoder = SparseEncoder.from_pretrained(given.model, inference_free=True, max_length=max_length)

    def prepare(self, pool: Pool, bars: Bars) -> None:
        """Compute the vectors of all texts, where they do not depend on the corpus."""
        if self._vectors is not None:
            self._vectors.prepare(pool.texts, "document", bars, f"encoding with {self.name}")
            if not self._encoder.heeds_corpus:
                self._vectors.prepare(list(pool.queries.values()), "query", bars, f"queries with {self.name}")

    def answers(self, pool: Pool, members: I64, k: int) -> Answers:
        """Index these documents and ask all queries, as `lsr eval` does."""
        texts = [pool.texts[n] for n in members]
        encoder = self._encoder
        if encoder.needs_corpus or encoder.heeds_corpus:
            encoder.fit(texts)
        with tempfile.TemporaryDirectory(prefix="lsr-curse-") as folder:
            with SparseIndex.create(Path(folder) / "index", encoder.vocabulary) as writer:
                for part in batched(members.tolist(), BATCH):
                    writer.add([pool.ids[n] for n in part], self._documents([pool.texts[n] for n in part]))
                index = writer.commit()
            queries = QueryVectors(list(pool.queries), self._queries(list(pool.queries.values())), self.name)
            run, _ = search_all(index, queries, k + bool(pool.without_self))
            return Answers(without_self(pool, run, k), vector_bytes(index), index.bytes)

    def _documents(self, texts: Sequence[str]) -> csr_array:
        if self._vectors is None:
            return self._encoder.encode_documents(texts)
        return csr_array(self._vectors.of(texts, "document"))

    def _queries(self, texts: Sequence[str]) -> csr_array:
        if self._vectors is None or self._encoder.heeds_corpus:
            return self._encoder.encode_queries(texts)
        return csr_array(self._vectors.of(texts, "query"))


class RememberingAnalyzer(Analyzer):
    """An analyzer that takes a text apart once, however often BM25 is fitted to it."""

    def __init__(self, language: str = "english") -> None:
        super().__init__(language)
        self._known: dict[str, list[str]] = {}

    def __call__(self, text: str) -> list[str]:
        """Return the terms of a text in order."""
        if text not in self._known:
            self._known[text] = [intern(term) for term in super().__call__(text)]
        return self._known[text]


def vector_bytes(index: SparseIndex) -> int:
    """Return the bytes of postings and what leads to them: no ids, no texts, no vocabulary."""
    files = [file for segment in index.manifest.segments for file in segment.files.items()]
    return sum(int(entry["bytes"]) for name, entry in files if Path(name).name not in NO_VECTORS)
