"""Document order by recursive graph bisection: similar documents become neighbours, so that blocks have low bounds.

The kernels and the papers are in `lsr_index.bisection`. A document is represented by its heaviest terms that are
neither in one document alone nor in very many; the halves of the collection are worked on by one thread each.
"""

import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_index import bisection as kernels
from lsr_index import heaviest

LEAF = 32  # documents: a block; order within it changes no bound
GROUP = 8  # leaves that are kept together: a superblock
TERMS_PER_DOCUMENT = 64
COMMON = 0.3  # share of the documents from which on a term is left out
ITERATIONS = 20
STILL = 0.001
COOLING = 0.3  # bits a round, times the mean impact
WHOLE = 1 << 14  # documents from which downwards a part is ordered in one go

Progress = Callable[[int], None]


@dataclass(frozen=True)
class _Kept:
    """What bisection sees of the documents."""

    indptr: NDArray[np.int64]
    """[N + 1]"""
    terms: NDArray[Any]
    """[kept] labels, uint16 or uint32."""
    impacts: NDArray[np.uint8]
    """[kept]"""
    vocabulary: int
    cooling: float
    """COOLING times the mean impact."""
    steps: NDArray[np.float32]
    """[N + 2], see `term_gains`."""


@dataclass(frozen=True)
class _Plan:
    """A run's settings."""

    leaf: int
    threads: int
    seed: int


def bisection(
    documents: csr_array,
    *,
    leaf: int = LEAF,
    terms_per_document: int = TERMS_PER_DOCUMENT,
    threads: int | None = None,
    progress: Progress | None = None,
    seed: int = 0,
) -> NDArray[np.uint32]:
    """Order documents so that similar ones are neighbours.

    Args:
        documents: float32 or uint8[N, V] vectors, weights not negative.
        leaf: Documents of a block, within which order is of no interest.
        terms_per_document: Heaviest terms that are looked at.
        threads: Threads to use; all processors if None. The order does not depend on it.
        progress: Called with how many more documents' worth of work is done; N in all.
        seed: For the random sides to begin with.

    Returns:
        uint32[N] the number of the document that comes at each place.
    """
    ends = documents.indptr[1:].astype(np.int64)
    return bisection_of(
        ends,
        documents.indices,
        documents.data,
        documents.shape[1],
        leaf=leaf,
        terms_per_document=terms_per_document,
        threads=threads,
        progress=progress,
        seed=seed,
    )


def bisection_of(
    ends: NDArray[np.int64],
    terms: NDArray[Any],
    weights: NDArray[Any],
    size: int,
    *,
    leaf: int = LEAF,
    terms_per_document: int = TERMS_PER_DOCUMENT,
    threads: int | None = None,
    progress: Progress | None = None,
    seed: int = 0,
) -> NDArray[np.uint32]:
    """Order documents given as flat arrays, which may be mapped files; memory: about 6 bytes a term kept.

    Args:
        ends: int64[N] ends of the documents' postings; the first begins at 0.
        terms: uint16, uint32, int32 or int64[P] terms.
        weights: float32 or uint8[P] weights.
        size: The vocabulary's size V.
        leaf: As for `bisection`, like all that follow.
        terms_per_document: Likewise.
        threads: Likewise.
        progress: Likewise.
        seed: Likewise.

    Returns:
        uint32[N] as `bisection` does.
    """
    plan = _Plan(max(1, leaf), max(1, threads or os.cpu_count() or 1), seed)
    order = np.arange(len(ends), dtype=np.uint32)
    tell = _Teller(len(ends), plan, progress)
    if len(ends) > plan.leaf:
        with ThreadPoolExecutor(plan.threads) as pool:
            kept = _keep(np.concatenate([[0], ends]), terms, weights, size, max(1, terms_per_document), plan, pool)
            _order_parts(order, kept, plan, pool, tell)
    tell.finish()
    return order


class _Teller:
    """Report work as documents: every document is done once on each level of the recursion."""

    def __init__(self, count: int, plan: _Plan, progress: Progress | None) -> None:
        self._count, self._progress, self._told, self._done = count, progress, 0, 0
        self.levels = max(1, int(np.ceil(np.log2(max(2, count / plan.leaf)))))

    def add(self, documents: int, levels: int) -> None:
        self._done += documents * max(0, levels)
        self._tell(min(self._count, self._done // self.levels))

    def finish(self) -> None:
        self._tell(self._count)

    def _tell(self, documents: int) -> None:
        if self._progress is not None and documents > self._told:
            self._progress(documents - self._told)
            self._told = documents


def _order_parts(order: NDArray[np.uint32], kept: _Kept, plan: _Plan, pool: ThreadPoolExecutor, tell: _Teller) -> None:
    parts = {}  # future: (first, last, level) of the part it works on

    def start(first: int, last: int, level: int) -> None:
        if last - first > plan.leaf:
            work = _split_all if last - first <= WHOLE else _split
            parts[pool.submit(work, order[first:last], kept, plan)] = first, last, level

    def split_at(first: int, last: int, level: int, left: int) -> None:
        tell.add(last - first, 1)
        start(first, first + left, level + 1)
        start(first + left, last, level + 1)

    if len(order) > WHOLE:
        split_at(0, len(order), 0, _split_together(order, kept, plan, pool))
    else:
        start(0, len(order), 0)
    while parts:  # ends: parts get smaller, and those of WHOLE documents start no others
        done, _ = wait(parts, return_when=FIRST_COMPLETED)
        for future in done:
            first, last, level = parts.pop(future)
            left = future.result()
            if left:
                split_at(first, last, level, left)
            else:
                tell.add(last - first, tell.levels - level)


def _split_all(order: NDArray[np.uint32], kept: _Kept, plan: _Plan) -> int:
    arrays, rounds = (order, kept.indptr, kept.terms, kept.impacts, kept.steps), (ITERATIONS, STILL, kept.cooling)
    kernels.split_all(*arrays, kept.vocabulary, plan.leaf, GROUP, plan.seed, *rounds)
    return 0


def _split(order: NDArray[np.uint32], kept: _Kept, plan: _Plan) -> int:
    left = int(kernels.left_size(len(order), plan.leaf, GROUP))
    counts, labels = np.zeros(kept.vocabulary, dtype=np.int32), np.empty(kept.vocabulary, dtype=np.int32)
    arrays, rounds = (order, kept.indptr, kept.terms, kept.impacts, kept.steps), (ITERATIONS, STILL, kept.cooling)
    kernels.split(*arrays, counts, labels, left, plan.seed, *rounds)
    return left


def _split_together(order: NDArray[np.uint32], kept: _Kept, plan: _Plan, pool: ThreadPoolExecutor) -> int:
    """Bisect all documents on all threads: what `kernels.split` does, but on the documents themselves, not a copy."""
    count, left = len(order), int(kernels.left_size(len(order), plan.leaf, GROUP))
    spans = _spans(kept.indptr, plan.threads)
    sides, moved = np.ones(count, dtype=np.uint8), np.empty(count, dtype=np.uint8)
    keys, scratch = np.empty(count, dtype=np.float32), np.empty(count, dtype=np.float32)
    gains = np.empty(2 * kept.vocabulary, dtype=np.float32)
    shares = np.zeros((len(spans), 2 * kept.vocabulary), dtype=np.int32)
    documents, weighted = (kept.indptr, kept.terms, sides), (kept.indptr, kept.terms, kept.impacts, sides)
    kernels.random_keys(order, plan.seed, keys)
    kernels.move(keys, left, scratch, sides, moved)
    _each(pool, [(kernels.count_sides, *documents, a, b, shares[n]) for n, (a, b) in enumerate(spans)])
    for iteration in range(ITERATIONS):
        degrees = shares.sum(axis=0, dtype=np.int32)
        kernels.term_gains(degrees, kept.steps, left, count - left, gains)
        rest = gains, kept.cooling * iteration
        _each(pool, [(kernels.document_keys, *weighted, *rest, a, b, keys) for a, b in spans])
        if kernels.move(keys, left, scratch, sides, moved) <= STILL * count:
            break
        _each(pool, [(kernels.count_moves, *documents, moved, a, b, shares[n]) for n, (a, b) in enumerate(spans)])
    kernels.arrange(order, sides)
    return left


def _keep(
    indptr: NDArray[np.int64],
    terms: NDArray[Any],
    weights: NDArray[Any],
    size: int,
    limit: int,
    plan: _Plan,
    pool: ThreadPoolExecutor,
) -> _Kept:
    count = len(indptr) - 1
    spans = _spans(indptr, plan.threads)
    shares = np.zeros((len(spans), size), dtype=np.int64)
    _each(pool, [(heaviest.count_documents, indptr, terms, a, b, shares[n]) for n, (a, b) in enumerate(spans)])
    frequencies = shares.sum(axis=0)
    # Few documents have no common terms: a term of all but one still tells something.
    useful = (frequencies >= 2) & (frequencies <= max(COMMON * count, min(count - 1, WHOLE)))
    labels = np.where(useful, np.cumsum(useful) - 1, -1).astype(np.int32)
    lengths = np.empty(count, dtype=np.int64)
    _each(pool, [(heaviest.kept_lengths, indptr, terms, labels, limit, a, b, lengths) for a, b in spans])
    kept_indptr = np.concatenate([[0], np.cumsum(lengths)])
    vocabulary = int(useful.sum())
    kept_terms = np.empty(int(kept_indptr[-1]), dtype=np.uint16 if vocabulary <= 1 << 16 else np.uint32)
    impacts = np.empty(len(kept_terms), dtype=np.uint8)
    largest = float(weights.max(initial=0)) or 1.0
    fixed = indptr, terms, weights, labels
    _each(pool, [(heaviest.keep_heaviest, *fixed, a, b, kept_indptr, largest, kept_terms, impacts) for a, b in spans])
    degrees = np.arange(count + 3, dtype=np.float64)
    steps = np.diff(degrees * np.log2(degrees + 1)).astype(np.float32)
    cooling = COOLING * float(impacts.mean()) if len(impacts) else 0.0
    return _Kept(kept_indptr, kept_terms, impacts, vocabulary, cooling, steps)


def _spans(indptr: NDArray[np.int64], threads: int) -> list[tuple[int, int]]:
    """Share documents out by postings: `(first, last)` for each thread."""
    cuts = np.searchsorted(indptr[1:-1], np.linspace(0, indptr[-1], threads + 1)[1:-1]).tolist()
    return list(zip([0, *cuts], [*cuts, len(indptr) - 1], strict=True))


def _each(pool: ThreadPoolExecutor, calls: list[tuple[Any, ...]]) -> None:
    futures: list[Future[None]] = [pool.submit(*call) for call in calls]
    for future in futures:
        future.result()
