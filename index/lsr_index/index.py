"""`SparseIndex`: open an index folder, search it, explain a score."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_index import manifest as manifests
from lsr_index import postings as segments
from lsr_index import vectors
from lsr_index.documents import FILE as DOCUMENTS_FILE
from lsr_index.documents import Document, DocumentReader
from lsr_index.errors import IndexFormatError, InputError, VocabularyMismatchError
from lsr_index.kernels import blockmax, exhaustive, heap
from lsr_index.vocabulary import Vocabulary

if TYPE_CHECKING:
    from lsr_index.writer import IndexWriter

SEGMENT = "segment-0001"
VOCABULARY_FILE = "vocabulary.json"
Mode = Literal["safe", "exhaustive"]


@dataclass(frozen=True)
class Hits:
    """The answer to one query, best first; equal scores stand in insertion order."""

    ids: list[str]
    scores: NDArray[np.float32]
    numbers: NDArray[np.int64]
    """Document numbers, in insertion order of the index."""

    def __len__(self) -> int:
        return len(self.ids)


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
        self._blocks = -(-len(self) // manifest.block_size)
        self._scratch = threading.local()
        # Mapped now and read later, it stays the one that belongs to these postings when the index is replaced.
        self._vocabulary_file = np.memmap(path / VOCABULARY_FILE, dtype=np.uint8, mode="r")

    @classmethod
    def create(cls, path: str | Path, vocabulary: Vocabulary, *, overwrite: bool = False) -> "IndexWriter":
        """Start a new index; `add` to the writer, then `commit` it."""
        from lsr_index.writer import IndexWriter

        return IndexWriter(path, vocabulary, overwrite=overwrite)

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

    def search(self, queries: csr_array, k: int = 10, *, mode: Mode = "safe") -> list[Hits]:
        """Find the k documents with the largest inner product, for each query.

        *Safe* prunes and gives exactly what *exhaustive* gives: the same ids, scores and order.

        Args:
            queries: float32 weights of shape (n, V).
            k: How many hits; fewer come back where fewer documents share a term with the query.
            mode: "safe", or "exhaustive" for the oracle.

        Raises:
            VocabularyMismatchError: if the queries have another width than the index's vocabulary.
            InputError: if k is below 1, a weight is unusable, or the mode is unknown.
        """
        if k < 1:
            raise InputError(f"k is {k}, it must be at least 1")
        if mode not in ("safe", "exhaustive"):
            raise InputError(f"unknown search mode {mode!r}; choose safe or exhaustive")
        queries = vectors.checked(queries, self.manifest.vocabulary_size, "query vectors")
        return [self._search_one(*vectors.row_terms(queries, row), k, mode) for row in range(queries.shape[0])]

    def explain(self, query: csr_array, number: int) -> list[tuple[int, float, float, float]]:
        """Break a score down: `(term id, query weight, stored weight, their product)`, largest product first.

        Args:
            query: One row, shape (1, V).
            number: Document number, as in `Hits.numbers`.

        The products sum to the score of the hit (within float32 rounding).
        """
        query = vectors.checked(query, self.manifest.vocabulary_size, "query vectors")
        parts = []
        for term, weight in zip(*vectors.row_terms(query, 0), strict=True):
            impact = self.postings.impact(int(term), number, self.manifest.block_size)
            if impact:
                stored = impact * self.manifest.scale
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

    def _search_one(self, terms: NDArray[np.int32], weights: NDArray[np.float32], k: int, mode: Mode) -> Hits:
        scaled, exponent = _normalised(weights, self.manifest.scale)
        scores, numbers = heap.empty(min(k, len(self)))
        bounds, order, window = self._buffers()
        kernel = blockmax.search if mode == "safe" else exhaustive.search
        accumulators = window if mode == "safe" else np.zeros(len(self), dtype=np.float32)
        found = kernel(
            self.postings, self.manifest.block_size, terms.astype(np.int32), scaled, accumulators,
            bounds, order, scores, numbers,
        )  # fmt: skip
        with np.errstate(over="ignore"):  # a score beyond float32 becomes infinite, its rank stays
            found_scores = np.ldexp(scores[:found].astype(np.float64), exponent).astype(np.float32)
        return Hits(self.documents.ids(numbers[:found]), found_scores, numbers[:found])

    def _buffers(self) -> tuple[NDArray[np.float32], NDArray[np.uint32], NDArray[np.float32]]:
        # One set a thread: the kernels release the GIL.
        if not hasattr(self._scratch, "arrays"):
            self._scratch.arrays = (
                np.empty(self._blocks, dtype=np.float32),
                np.empty(self._blocks, dtype=np.uint32),
                np.zeros(self.manifest.block_size, dtype=np.float32),
            )
        arrays: tuple[Any, Any, Any] = self._scratch.arrays
        return arrays


def _normalised(weights: NDArray[np.float32], scale: float) -> tuple[NDArray[np.float32], int]:
    """Return weights × scale × 2^-e, the largest in [0.5, 1), and e.

    A power of two changes no digit of a score, and whatever the query's weights are, sums neither overflow nor vanish.
    """
    products = weights.astype(np.float64) * scale
    exponent = int(np.frexp(products.max(initial=0))[1])
    return np.ldexp(products, -exponent).astype(np.float32), exponent


def write_vocabulary(folder: Path, vocabulary: Vocabulary) -> None:
    """Write the terms as a JSON array."""
    (folder / VOCABULARY_FILE).write_text(json.dumps(vocabulary.terms), encoding="utf-8")
