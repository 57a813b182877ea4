"""`SparseIndex`: one generation of an index: open, search, explain, fetch."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_index import log, mapping, statistics, vectors
from lsr_index import manifest as manifests
from lsr_index.documents import Document
from lsr_index.errors import IndexFormatError, InputError, VocabularyMismatchError
from lsr_index.filters import Filter
from lsr_index.folder import log_generation
from lsr_index.kernels import answer, check, planner
from lsr_index.kernels.limits import NEVER, Limits, checked_limits
from lsr_index.rescoring import margin_of
from lsr_index.searcher import Plan, Searcher
from lsr_index.segment import Segment, open_segment
from lsr_index.segments import Segments
from lsr_index.statistics import Statistics
from lsr_index.vocabulary import Vocabulary

if TYPE_CHECKING:
    from lsr_index.builder import IndexBuilder
    from lsr_index.manifest import Exact
    from lsr_index.segment_builder import Order
    from lsr_index.writer import IndexWriter

VOCABULARY_FILE = "vocabulary.json"
ATTEMPTS = 100  # to open an index that changes while it is opened
Mode = Literal["safe", "approximate", "pruned", "scan", "exhaustive"]

PLANS = {
    "safe": answer.AUTO,
    "approximate": answer.AUTO,
    "pruned": answer.PRUNED,
    "scan": answer.SCAN,
    "exhaustive": answer.ORACLE,
}


@dataclass(frozen=True)
class Hits:
    """The answer to one query, best first; equal scores stand in insertion order."""

    scores: NDArray[np.float32]
    numbers: NDArray[np.int64]
    """Document numbers, in insertion order of the index."""
    documents: Segments
    statistics: Statistics
    late: bool = False
    """Whether the time ran out: these are the best of what was looked at."""
    rescored: bool = False
    """Whether scores are those of exact weights."""

    @cached_property
    def ids(self) -> list[str]:
        """The documents' ids."""
        return self.documents.ids(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)


class SparseIndex:
    """One generation of an index, memory-mapped: what is committed, merged or replaced later does not change it.

    Safe to search from several threads at once.

    index = SparseIndex.open("idx")
    hits = index.search(vectors, k=10)[0]
    """

    def __init__(self, path: Path, manifest: manifests.Manifest, known: Sequence[Segment] = ()) -> None:
        self.path = path
        self.manifest = manifest
        opened: list[Segment] = []
        for entry in manifest.segments:
            base = opened[-1].base + len(opened[-1]) if opened else 0
            opened.append(open_segment(path / entry.name, entry, base, known))
        self.segments = Segments(opened)
        self._searcher = Searcher(self.segments)
        self._small = all(len(segment) < planner.SMALL for segment in opened)
        # Mapped now and read later, it stays the one that belongs to these postings when the index is replaced.
        self._files = mapping.open_files(path, manifest.files, {}, ())

    @classmethod
    def create(
        cls,
        path: str | Path,
        vocabulary: Vocabulary,
        *,
        overwrite: bool = False,
        order: "Order" = None,
        exact: "Exact" = None,
    ) -> "IndexBuilder":
        """Start a new index; `add` to the builder, then `commit` it. Arguments as in `IndexBuilder`."""
        from lsr_index.builder import IndexBuilder

        return IndexBuilder(path, vocabulary, overwrite=overwrite, order=order, exact=exact)

    @overload
    @classmethod
    def open(cls, path: str | Path, *, verify: bool = False, writable: Literal[False] = False) -> "SparseIndex": ...
    @overload
    @classmethod
    def open(cls, path: str | Path, *, verify: bool = False, writable: Literal[True]) -> "IndexWriter": ...
    @classmethod
    def open(cls, path: str | Path, *, verify: bool = False, writable: bool = False) -> "SparseIndex | IndexWriter":
        """Open the newest generation of an index, and check that it is whole.

        Every file's size is compared with the manifest, and the contents of the small ones. What is large (postings,
        ids, stored documents) is checked part by part before it is first used, or all of it here with `verify`.

        Args:
            path: The index.
            verify: Check every byte.
            writable: Open it for changes; see `IndexWriter`, which has more to choose.

        Raises:
            IndexNotFoundError: if there is no index at `path`.
            IndexFormatError: if it is damaged or of another format version.
            IndexLockedError: if it is to be changed and someone else is at it.
        """
        if writable:
            from lsr_index.writer import IndexWriter

            if verify:
                _open_newest(Path(path)).verify()
            return IndexWriter(path)
        index = _open_newest(Path(path))
        if verify:
            index.verify()
        return index

    def newest(self) -> "SparseIndex":
        """Return the newest generation: this one if it still is, else one that shares what both have in common.

        Raises:
            IndexNotFoundError, IndexFormatError: as `open` does.
        """
        return _open_newest(self.path, self)

    def verify(self) -> None:
        """Check every byte, and the log of what is not yet committed.

        Raises:
            IndexFormatError: if anything is damaged.
        """
        for segment in self.segments:
            segment.stored.verify()
        try:
            for _ in log.read(self.path / self.manifest.log, log_generation(self.manifest.log)):
                pass
        except IndexFormatError:
            if manifests.read(self.path) == self.manifest:  # else a commit has removed it: it was another generation's
                raise

    def __len__(self) -> int:
        return self.manifest.documents

    def __repr__(self) -> str:
        return f"SparseIndex({str(self.path)!r}: {len(self)} documents, {self.manifest.postings} postings)"

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The terms, read when first asked for."""
        return Vocabulary(json.loads(self._files[VOCABULARY_FILE].data.tobytes()))

    @property
    def bytes(self) -> int:
        """Size of all files of the index on disk."""
        return self.manifest.bytes

    def search(
        self,
        queries: csr_array,
        k: int = 10,
        *,
        filter: Filter | str | None = None,
        mode: Mode = "safe",
        limits: Limits | None = None,
        timeout_ms: float | None = None,
        threads: int = 1,
        rescore: bool | int | None = None,
    ) -> list[Hits]:
        """Find the k documents with the largest inner product, for each query.

        *Safe* prunes where that pays and gives exactly what *exhaustive* gives: the same ids, scores and order.

        Args:
            queries: float32 weights of shape (n, V).
            k: How many hits; fewer come back where fewer documents share a term with the query.
            filter: Only documents whose stored fields pass; a text is parsed, see `lsr_index.filters`.
            mode: "safe"; "approximate" with what `lsr index tune` found;
                "pruned" or "scan" whatever the planner thinks; "exhaustive" for the oracle.
            limits: Leave out what is unlikely to matter: faster, and no longer safe.
            timeout_ms: Return the best found by then; `Hits.late` tells.
            threads: How many threads share the queries.
            rescore: Find this many more than k, and let their exact weights decide which k they are, and their order;
                True for as many more as usual. Only where the index was built with `exact`.

        Raises:
            VocabularyMismatchError: if the queries have another width than the index's vocabulary.
            InputError: if k is below 1, a weight, the filter, a limit or a margin is unusable, the mode is unknown, or
                the index keeps no exact weights to rescore with.
        """
        if k < 1:
            raise InputError(f"k is {k}, it must be at least 1")
        if mode not in PLANS:
            raise InputError(f"unknown search mode {mode!r}; choose safe, approximate, pruned, scan or exhaustive")
        if threads < 1:
            raise InputError(f"threads is {threads}, it must be at least 1")
        if timeout_ms is not None and not 0 < timeout_ms < float("inf"):
            raise InputError(f"timeout_ms is {timeout_ms}, it must be above 0")
        wanted = _parsed(filter) if isinstance(filter, str) else filter
        traversal = PLANS[mode]
        if mode == "approximate" and limits is None:
            limits = self._tuned()
        if limits is not None and not limits.exact:
            traversal = answer.PRUNED  # without bounds there is nothing to limit
        margin = margin_of(rescore, k)
        if margin is not None:
            self._check_exact("rescore")
        plan = Plan(traversal, checked_limits(limits), wanted, timeout_ms, margin)
        out = self._searcher.search(self._checked(queries), k, plan, threads)
        return [self._hits(out, query, plan) for query in range(len(out.found))]

    def explain(self, query: csr_array, number: int, *, exact: bool = False) -> list[tuple[int, float, float, float]]:
        """Break a score down: `(term id, query weight, stored weight, their product)`, largest product first.

        Args:
            query: One row, shape (1, V).
            number: Document number, as in `Hits.numbers`.
            exact: With exact weights, as for hits that were rescored.

        The products sum to the score of the hit (within float32 rounding).

        Raises:
            InputError: if there is no such document, or the index keeps no exact weights.
        """
        query = vectors.checked(query, self.manifest.vocabulary_size, "query vectors")
        segment, inside = self.segments.locate(number)
        if exact:
            self._check_exact("explain")
        terms = query.indices.astype(np.int32, copy=False)
        stored = segment.exact_weights(inside) if exact else segment.weights(inside, terms)
        pairs = zip(*(side.tolist() for side in vectors.row_terms(query, 0)), strict=True)
        parts = [(term, weight, stored[term], weight * stored[term]) for term, weight in pairs if term in stored]
        return sorted(parts, key=lambda part: -part[3])

    def fetch(self, numbers: Sequence[int] | NDArray[np.int64]) -> list[Document]:
        """Return stored documents by document number."""
        return self.segments.get(numbers)

    def ids(self, numbers: Sequence[int] | NDArray[np.int64]) -> list[str]:
        """Return the ids of document numbers."""
        return self.segments.ids(numbers)

    def number(self, document_id: str) -> int | None:
        """Return the number of the document with an id, None if there is none, or it is deleted."""
        number = int(self.segments.numbers([document_id])[0])
        return None if number < 0 else number

    def check_current(self) -> None:
        """Refuse to go on with an index that was replaced at its path since it was opened; commits do not count.

        Raises:
            IndexNotFoundError, IndexFormatError: if another index, or none, stands there now.
        """
        if manifests.read(self.path).identity != self.manifest.identity:
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

    def _check_exact(self, what: str) -> None:
        if self.manifest.exact is None:
            raise InputError(
                f"{self.path} keeps no exact weights to {what} with; build it anew with exact=32 (lsr index --exact 32)"
            )

    def _tuned(self) -> Limits:
        tuned = self.manifest.tuned
        if tuned is None:
            raise InputError(f"{self.path} is not tuned for approximate search; run: lsr index tune {self.path}")
        superblocks = tuned["superblocks"]
        return Limits(tuned["overestimate"], NEVER if superblocks is None else superblocks, tuned["share"])

    def _hits(self, out: answer.Answers, query: int, plan: Plan) -> Hits:
        found = out.found[query]
        cost = statistics.of(out.counts[query].tolist(), int(out.chosen[query]), plan, self._small)
        late = bool(out.late[query])
        return Hits(
            out.scores[query, :found], out.numbers[query, :found], self.segments, cost, late, plan.margin is not None
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


@lru_cache(256)
def _parsed(text: str) -> Filter:
    # Reading an expression takes longer than a search with it.
    return Filter.parse(text)


def _open_newest(path: Path, known: SparseIndex | None = None) -> SparseIndex:
    manifest = manifests.read(path)
    for _ in range(ATTEMPTS):
        if known is not None and manifest == known.manifest:
            return known
        same = known is not None and manifest.identity == known.manifest.identity
        try:
            return SparseIndex(path, manifest, known.segments if known is not None and same else ())
        except IndexFormatError:
            # A commit or a merge may have removed files of the generation that was being opened.
            newer = manifests.read(path)
            if newer == manifest:
                raise
            manifest = newer
    raise IndexFormatError(f"{path} was changed {ATTEMPTS} times while it was opened; try again")


def write_vocabulary(folder: Path, vocabulary: Vocabulary) -> None:
    """Write the terms as a JSON array."""
    (folder / VOCABULARY_FILE).write_text(json.dumps(vocabulary.terms), encoding="utf-8")
