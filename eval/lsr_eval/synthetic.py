"""Seeded synthetic SPLADE-like vectors of any number of documents, for benchmarks of the engine.

Documents belong to topics and topics to super-topics that share vocabulary; the background is Zipf–Mandelbrot
(document frequency of rank r: `TOP · ((1 + Q) / (r + Q))^S` of the documents, so .47, .30, .08 and .016 at ranks 1, 10,
100 and 1000); weights are log-saturated in (0, 3.5]. The same seed gives the same vectors on every machine, and the
first documents of a larger collection are those of a smaller one.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_array

VOCABULARY = 30522
TOP, Q, S = 0.47, 10.0, 0.748
HEAD = 1.9
TOPICS, SUPER_TOPICS = 4000, 200
TOPIC_TERMS, SUPER_TERMS = 60, 240
LARGEST = 3.5
TABLE = 1 << 20
BATCH = 10_000

Style = Literal["splade", "inference-free"]


@dataclass(frozen=True)
class Collection:
    """The topics that documents and queries are drawn from; a topic's terms come with its super-topic's."""

    background: NDArray[np.int32]
    """[TABLE] terms, each as often as its share of the background."""
    topics: NDArray[np.int32]
    """[TOPICS, TOPIC_TERMS + SUPER_TERMS]"""
    seed: int

    @classmethod
    def seeded(cls, seed: int = 7) -> "Collection":
        """Draw the topics."""
        random = np.random.default_rng(seed)
        ranks = np.arange(1, VOCABULARY + 1)
        frequency = TOP * ((1 + Q) / (ranks + Q)) ** S
        share = -np.log1p(-frequency)
        # Topics draw no head terms and take the place of background draws: the head makes up for both.
        drawn = np.where(ranks <= 100, share * HEAD, share)
        background = np.searchsorted(np.cumsum(drawn) / drawn.sum(), (np.arange(TABLE) + 0.5) / TABLE)
        # Topical terms are taken from the middle and the tail: what every document may hold tells no topic apart.
        topical = np.where(ranks > 100, share, 0)

        def draw(size: int) -> NDArray[np.int64]:
            return random.choice(VOCABULARY, size, replace=False, p=topical / topical.sum())

        shared = np.stack([draw(SUPER_TERMS) for _ in range(SUPER_TOPICS)])
        own = np.stack([draw(TOPIC_TERMS) for _ in range(TOPICS)])
        parents = random.integers(0, SUPER_TOPICS, TOPICS)
        topics = np.concatenate([own, shared[parents]], axis=1).astype(np.int32)
        return cls(background.astype(np.int32), topics, seed)

    def documents(self, count: int) -> csr_array:
        """Return `count` documents of 135 ± 45 non-zeros."""
        parts = [self._documents(start, min(BATCH, count - start)) for start in range(0, count, BATCH)]
        return _stack(parts)

    def queries(self, count: int, style: Style = "splade") -> csr_array:
        """Return queries: 17 to 45 terms in SPLADE style, 3 to 7 for inference-free ones."""
        random = np.random.default_rng([self.seed, 1, int(style == "splade")])
        low, high, topical = (17, 45, 0.35) if style == "splade" else (3, 7, 0.85)
        sizes = np.clip(np.rint(random.normal((low + high) / 2, (high - low) / 5, count)), low, high).astype(np.int64)
        return _csr(*_draw(self.background, self.topics, sizes, topical, int(random.integers(2**31))))

    def _documents(self, start: int, count: int) -> csr_array:
        random = np.random.default_rng([self.seed, 0, start])
        sizes = np.clip(np.rint(random.lognormal(np.log(135) - 0.05, 0.33, BATCH)), 8, 600).astype(np.int64)[:count]
        return _csr(*_draw(self.background, self.topics, sizes, 0.42, int(random.integers(2**31))))


def _csr(indptr: NDArray[np.int64], terms: NDArray[np.int32], weights: NDArray[np.float32]) -> csr_array:
    rows = csr_array((weights, terms, indptr), shape=(len(indptr) - 1, VOCABULARY))
    rows.sort_indices()
    return rows


def _stack(parts: list[csr_array]) -> csr_array:
    nonzeros = sum(part.nnz for part in parts)
    terms, weights = np.empty(nonzeros, dtype=np.int32), np.empty(nonzeros, dtype=np.float32)
    indptr = [np.zeros(1, dtype=np.int64)]
    place = 0
    while parts:  # ends: one part fewer at every turn; each is freed as soon as it is copied
        part = parts.pop(0)
        terms[place : place + part.nnz], weights[place : place + part.nnz] = part.indices, part.data
        indptr.append(part.indptr[1:].astype(np.int64) + place)
        place += part.nnz
    ends = np.concatenate(indptr)
    return csr_array((weights, terms, ends), shape=(len(ends) - 1, VOCABULARY))


@njit(cache=True)
def _draw(
    background: NDArray[np.int32], topics: NDArray[np.int32], sizes: NDArray[np.int64], topical: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    np.random.seed(seed)
    indptr = np.zeros(sizes.size + 1, dtype=np.int64)
    indptr[1:] = np.cumsum(sizes)
    terms = np.empty(indptr[-1], dtype=np.int32)
    weights = np.empty(indptr[-1], dtype=np.float32)
    stamps = np.full(VOCABULARY, -1, dtype=np.int64)
    for d in range(sizes.size):
        topic = topics[np.random.randint(topics.shape[0])]
        place = indptr[d]
        while place < indptr[d + 1]:  # ends: with far more terms than places, a fresh one is drawn soon
            from_topic = np.random.random() < topical
            if from_topic:
                # Squared: a topic's first terms are its most telling ones.
                term = topic[int(np.random.random() ** 2 * topic.size)]
            else:
                term = background[np.random.randint(background.size)]
            if stamps[term] == d:
                continue
            stamps[term] = d
            importance = np.exp(np.random.normal() * 0.8 + (0.6 if from_topic else -0.9))
            terms[place] = term
            weights[place] = min(LARGEST, max(0.01, np.log1p(importance)))
            place += 1
    return indptr, terms, weights
