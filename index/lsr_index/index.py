"""`SparseIndex`: open an index folder, search it, explain a score."""

import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_index import manifest as manifests
from lsr_index import postings as segments
from lsr_index import vectors
from lsr_index.documents import FILE as DOCUMENTS_FILE
from lsr_index.documents import Document, DocumentReader
from lsr_index.errors import IndexFormatError, InputError, VocabularyMismatchError
from lsr_index.kernels import answer, check, limits, scratch, topk
from lsr_index.kernels.mask import EVERYTHING
from lsr_index.vocabulary import Vocabulary

if TYPE_CHECKING:
    from lsr_index.writer import IndexWriter, Order

SEGMENT = "segment-0001"
VOCABULARY_FILE = "vocabulary.json"
Mode = Literal["safe", "pruned", "scan", "exhaustive"]


PLANS = {"safe": answer.AUTO, "pruned": answer.PRUNED, "scan": answer.SCAN, "exhaustive": answer.ORACLE}


@dataclass(frozen=True)
class Statistics:
    """What one query cost."""

    traversal: Literal["pruned", "scan"]
    superblocks_bounded: int
    superblocks_scored: int
    postings_few: int
    """Postings of rows with few, which are always added."""
    postings_many: int
    """Postings of rows with many, of the superblocks scored; where a row holds an impact for every document, each
    counts."""


@dataclass(frozen=True)
class Hits:
    """The answer to one query, best first; equal scores stand in insertion order."""

    scores: NDArray[np.float32]
    numbers: NDArray[np.int64]
    """Document numbers, in insertion order of the index."""
    documents: DocumentReader
    statistics: Statistics

    @cached_property
    def ids(self) -> list[str]:
        """The documents' ids."""
        return self.documents.ids(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)


class SparseIndex:
    """A read-only, memory-mapped index. Safe to search from several threads at once.

    index = SparseIndex.open("idx")
    hits = index.search(vectors, k=10)[0]
    """

    def __init__(self, path: Path, manifest: manifests.Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self.postings = segments.load(path / SEGMENT)
        self.documents = DocumentReader(path / SEGMENT)
        self._scratch = threading.local()
        # Mapped now and read later, it stays the one that belongs to these postings when the index is replaced.
        self._vocabulary_file = np.memmap(path / VOCABULARY_FILE, dtype=np.uint8, mode="r")

    @classmethod
    def create(
        cls, path: str | Path, vocabulary: Vocabulary, *, overwrite: bool = False, order: "Order" = None
    ) -> "IndexWriter":
        """Start a new index; `add` to the writer, then `commit` it. Arguments as in `IndexWriter`."""
        from lsr_index.writer import IndexWriter

        return IndexWriter(path, vocabulary, overwrite=overwrite, order=order)

    @classmethod
    def open(cls, path: str | Path, *, verify: bool = False) -> "SparseIndex":
        """Open an index and check that it is whole.

        Every file's size and the contents of all arrays are compared with the manifest. Stored documents are checked
        when they are read, or here with `verify`.

        Raises:
            IndexNotFoundError: if there is no index at `path`.
            IndexFormatError: if it is damaged or of another format version.
        """
        folder = Path(path)
        manifest = manifests.read(folder)
        for name, entry in manifest.files.items():
            manifests.check_file(folder / name, entry, contents=verify or not name.endswith(DOCUMENTS_FILE))
        try:
            index = cls(folder, manifest)
        except (ValueError, OSError, KeyError) as error:  # sums match but the contents do not fit: a foreign writer
            raise IndexFormatError(f"{folder} cannot be read: {error}; {manifests.REMEDY}") from error
        if len(index.documents) != len(index):
            raise IndexFormatError(f"{folder} holds {len(index.documents)} ids for {len(index)} documents")
        return index

    def __len__(self) -> int:
        return self.manifest.documents

    def __repr__(self) -> str:
        return f"SparseIndex({str(self.path)!r}: {len(self)} documents, {self.manifest.postings} postings)"

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The terms, read when first asked for."""
        return Vocabulary(json.loads(self._vocabulary_file.tobytes()))

    @property
    def bytes(self) -> int:
        """Size of all files of the index on disk."""
        return sum(int(entry["bytes"]) for entry in self.manifest.files.values())

    def search(self, queries: csr_array, k: int = 10, *, mode: Mode = "safe", threads: int = 1) -> list[Hits]:
        """Find the k documents with the largest inner product, for each query.

        *Safe* prunes where that pays and gives exactly what *exhaustive* gives: the same ids, scores and order.

        Args:
            queries: float32 weights of shape (n, V).
            k: How many hits; fewer come back where fewer documents share a term with the query.
            mode: "safe"; "pruned" or "scan" whatever the planner thinks; "exhaustive" for the oracle.
            threads: How many threads share the queries.

        Raises:
            VocabularyMismatchError: if the queries have another width than the index's vocabulary.
            InputError: if k is below 1, a weight is unusable, or the mode is unknown.
        """
        if k < 1:
            raise InputError(f"k is {k}, it must be at least 1")
        if mode not in PLANS:
            raise InputError(f"unknown search mode {mode!r}; choose safe, pruned, scan or exhaustive")
        if threads < 1:
            raise InputError(f"threads is {threads}, it must be at least 1")
        checked = self._checked(queries)
        count, k = checked.shape[0], min(k, len(self))
        out = answer.room(count, k)
        indptr, terms = checked.indptr.astype(np.int64, copy=False), checked.indices.astype(np.int32, copy=False)
        rows = answer.Queries(indptr, terms, checked.data, np.zeros(count))
        answer.note_totals(rows, self.postings.scales)
        if threads == 1 or count < 2:
            self._answer(rows, 0, count, k, mode, out)
        else:
            borders = np.linspace(0, count, min(count, 4 * threads) + 1).astype(int)
            with ThreadPoolExecutor(threads) as pool:
                for future in [
                    pool.submit(self._answer, rows, int(a), int(b), k, mode, out) for a, b in pairwise(borders)
                ]:
                    future.result()
        return [_hits(out, query, self.documents) for query in range(count)]

    def explain(self, query: csr_array, number: int) -> list[tuple[int, float, float, float]]:
        """Break a score down: `(term id, query weight, stored weight, their product)`, largest product first.

        Args:
            query: One row, shape (1, V).
            number: Document number, as in `Hits.numbers`.

        The products sum to the score of the hit (within float32 rounding).
        """
        query = vectors.checked(query, self.manifest.vocabulary_size, "query vectors")
        parts = []
        place = self.postings.place(number)
        for term, weight in zip(*vectors.row_terms(query, 0), strict=True):
            impact = self.postings.impact(int(term), place)
            if impact:
                stored = impact * float(self.postings.scales[term])
                parts.append((int(term), float(weight), stored, float(weight) * stored))
        return sorted(parts, key=lambda part: -part[3])

    def fetch(self, numbers: Sequence[int] | NDArray[np.int64]) -> list[Document]:
        """Return stored documents by document number."""
        return self.documents.get([int(number) for number in numbers])

    def check_current(self) -> None:
        """Refuse to go on with an index that was replaced at its path since it was opened.

        Raises:
            IndexNotFoundError, IndexFormatError: if another index, or none, stands there now.
        """
        if manifests.read(self.path) != self.manifest:
            raise IndexFormatError(f"{self.path} was replaced since it was opened; open it again")

    def check_vocabulary(self, vocabulary: Vocabulary, what: str) -> None:
        """Refuse an encoder or vectors of another vocabulary.

        Raises:
            VocabularyMismatchError: if the fingerprints differ.
        """
        if vocabulary.fingerprint != self.manifest.vocabulary_fingerprint:
            made_by = (self.manifest.encoder or {}).get("model", "unknown vectors")
            raise VocabularyMismatchError(
                f"{what} has another vocabulary ({len(vocabulary)} terms) than the index {self.path} "
                f"({self.manifest.vocabulary_size} terms, made by {made_by}); use the index's own model"
            )

    def _checked(self, queries: csr_array) -> csr_array:
        # Of a single query's time, looking at it with many small array operations would take more than the search.
        size = self.manifest.vocabulary_size
        if (
            isinstance(queries, csr_array)
            and queries.ndim == 2
            and queries.shape[1] == size
            and queries.dtype == np.float32
            and check.well_formed(queries.indptr, queries.indices, queries.data, size)
        ):
            return queries
        return vectors.checked(queries, size, "query vectors")

    def _answer(self, rows: answer.Queries, first: int, last: int, k: int, mode: Mode, out: answer.Answers) -> None:
        memory, top = self._memory(k)
        plan = PLANS[mode]
        answer.answer(self.postings, 0, EVERYTHING, rows, first, last, k, plan, limits.SAFE, memory, top, out, True)

    def _memory(self, k: int) -> tuple[scratch.Scratch, topk.TopK]:
        # One set a thread: the kernels release the GIL.
        if not hasattr(self._scratch, "memory"):
            self._scratch.memory = scratch.make(len(self))
            self._scratch.tops = {}
        tops: dict[int, topk.TopK] = self._scratch.tops
        if k not in tops:
            tops.clear()
            tops[k] = topk.make(k)
        return self._scratch.memory, tops[k]


def _hits(out: answer.Answers, query: int, documents: DocumentReader) -> Hits:
    found = out.found[query]
    chosen: Literal["pruned", "scan"] = "scan" if out.chosen[query] & 1 << answer.SCAN else "pruned"
    statistics = Statistics(chosen, *out.counts[query].tolist())
    return Hits(out.scores[query, :found], out.numbers[query, :found], documents, statistics)


def write_vocabulary(folder: Path, vocabulary: Vocabulary) -> None:
    """Write the terms as a JSON array."""
    (folder / VOCABULARY_FILE).write_text(json.dumps(vocabulary.terms), encoding="utf-8")
