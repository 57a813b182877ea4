"""Numba kernels of recursive graph bisection; `lsr_index.order` drives them.

Dhulipala et al., "Compressing Graphs and Indexes with Recursive Graph Bisection", KDD 2016; selection in place of
sorting, cooling and early stops after Mackenzie, Petri, Moffat, "Tradeoff Options for Bipartite Graph Partitioning",
TKDE 2022.

A node of the recursion is a set of `m` documents that are shared out to two sides. Its postings are copied to a form of
its own with term labels from 0, so that the tables that are looked up at random stay in cache. Documents then keep
their places and only their `sides` (0 left, 1 right) change, so that postings are read in sequence. What two threads
may add to is integral and all else is worked out document by document: the outcome does not depend on threads.

In all kernels `indptr` is int64[m + 1] and `terms` uint16 or uint32[P], the terms of document i at
`indptr[i]:indptr[i + 1]`, and `first:last` the documents to work on.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lsr_index.arrays import F32, I32, I64, U8, U32
from lsr_index.heaviest import select

Terms = NDArray[Any]


@njit(cache=True, nogil=True)
def random_keys(documents: U32, seed: int, out_keys: F32) -> None:
    """Give each document a key that hangs on its number and the seed only (Steele et al., SplitMix64)."""
    start = (np.uint64(seed) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    for i in range(documents.size):
        x = np.uint64(documents[i]) * np.uint64(0xD1342543DE82EF95) + start
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        out_keys[i] = np.float32((x ^ (x >> np.uint64(31))) >> np.uint64(40))


@njit(cache=True, nogil=True)
def count_sides(indptr: I64, terms: Terms, sides: U8, first: int, last: int, out_degrees: I32) -> None:
    """Add to `out_degrees`, int32[2 · V], how many documents of each side have each term; sides alternate."""
    for i in range(first, last):
        side = np.int64(sides[i])
        for p in range(indptr[i], indptr[i + 1]):
            out_degrees[2 * np.int64(terms[p]) + side] += 1


@njit(cache=True, nogil=True)
def count_moves(indptr: I64, terms: Terms, sides: U8, moved: U8, first: int, last: int, out_degrees: I32) -> None:
    """Bring degrees up to date with the documents that have just moved to where they are."""
    for i in range(first, last):
        if moved[i]:
            side = np.int64(sides[i])
            for p in range(indptr[i], indptr[i + 1]):
                at = 2 * np.int64(terms[p])
                out_degrees[at + side] += 1
                out_degrees[at + 1 - side] -= 1


@njit(cache=True, nogil=True)
def term_gains(degrees: I32, steps: F32, left: int, right: int, out_gains: F32) -> None:
    """Work out what each term says for a document's being on the right.

    A term that `d` of a side's `n` documents have costs `d · log2(n / (d + 1))` bits there (KDD 2016, §3.1).

    Args:
        degrees: int32[2 · V] of `count_sides`.
        steps: float32[m + 1] `f(d + 1) - f(d)` for `f(d) = d · log2(d + 1)`.
        left: Documents on the left.
        right: Documents on the right.
        out_gains: float32[2 · V] out, in bits: what is saved if a document goes to the right, then what is lost if
            one comes from there.
    """
    shift = np.float32(np.log2(left) - np.log2(right))
    for at in range(0, degrees.size, 2):
        a, b = degrees[at], degrees[at + 1]
        out_gains[at] = shift + steps[b] - steps[max(a - 1, 0)]
        out_gains[at + 1] = shift + steps[max(b - 1, 0)] - steps[a]


@njit(cache=True, nogil=True)
def document_keys(
    indptr: I64,
    terms: Terms,
    impacts: U8,
    sides: U8,
    gains: F32,
    tolerance: float,
    first: int,
    last: int,
    out_keys: F32,
) -> None:
    """Add up the gains of documents, each times its impact; the largest keys belong right.

    A bound is made of impacts, so that heavy terms matter more than the bits they cost. `tolerance`, in bits times
    impact, is held against every move.
    """
    cost = np.float32(tolerance)
    for i in range(first, last):
        side = np.int64(sides[i])
        key = cost if side else -cost
        for p in range(indptr[i], indptr[i + 1]):
            key += np.float32(impacts[p]) * gains[2 * np.int64(terms[p]) + side]
        out_keys[i] = key


@njit(cache=True, nogil=True)
def move(keys: F32, left: int, scratch: F32, sides: U8, out_moved: U8) -> int:
    """Put the `left` documents of the smallest keys on the left; of equals, those that are there stay first.

    Args:
        keys: float32[m].
        left: Documents on the left, 0 < left < m.
        scratch: float32[m].
        sides: uint8[m], changed.
        out_moved: uint8[m] out, 1 where the side changed.

    Returns:
        How many documents moved.
    """
    scratch[:] = keys
    bound = select(scratch, keys.size, left - 1)
    room = left  # for equals that are not on the left; below zero, equals that must leave it
    for i in range(keys.size):
        if keys[i] < bound or (keys[i] == bound and sides[i] == 0):
            room -= 1
    moves = 0
    for i in range(keys.size):
        side = np.uint8(keys[i] > bound)
        if keys[i] == bound:
            side = sides[i]
            if side == 1 and room > 0:
                side = np.uint8(0)
                room -= 1
            elif side == 0 and room < 0:
                side = np.uint8(1)
                room += 1
        out_moved[i] = side != sides[i]
        moves += out_moved[i]
        sides[i] = side
    return moves


@njit(cache=True, nogil=True)
def arrange(order: U32, sides: U8) -> None:
    """Bring the documents of the left before those of the right; within a side they keep their order."""
    right = np.empty(order.size, dtype=order.dtype)
    a = b = 0
    for i in range(order.size):
        if sides[i]:
            right[b] = order[i]
            b += 1
        else:
            order[a] = order[i]
            a += 1
    order[a:] = right[:b]


@njit(cache=True, nogil=True)
def left_size(m: int, leaf: int, group: int) -> int:
    """Return how many of `m > leaf` documents go left: whole groups of leaves as long as there are several."""
    unit = leaf * group if m > leaf * group else leaf
    return max(1, (m + unit) // (2 * unit)) * unit


@njit(cache=True, nogil=True)
def _copy(order: U32, indptr: I64, terms: Terms, impacts: U8, counts: I32, labels: I32) -> tuple[I64, Terms, U8, int]:
    # Terms of one document or of all tell no side from the other. `counts` is zero before and after.
    m = order.size
    seen = np.empty(counts.size, dtype=np.int32)
    count = 0
    for i in range(m):
        for p in range(indptr[order[i]], indptr[order[i] + 1]):
            term = terms[p]
            if counts[term] == 0:
                seen[count] = term
                count += 1
            counts[term] += 1
    total = vocabulary = 0
    for term in seen[:count]:
        labels[term] = -1
        if 2 <= counts[term] < m:
            labels[term] = vocabulary
            vocabulary += 1
            total += counts[term]
        counts[term] = 0
    own_indptr = np.zeros(m + 1, dtype=np.int64)
    own_terms, own_impacts = np.empty(total, dtype=terms.dtype), np.empty(total, dtype=np.uint8)
    at = 0
    for i in range(m):
        for p in range(indptr[order[i]], indptr[order[i] + 1]):
            label = labels[terms[p]]
            if label >= 0:
                own_terms[at] = label
                own_impacts[at] = impacts[p]
                at += 1
        own_indptr[i + 1] = at
    return own_indptr, own_terms, own_impacts, vocabulary


@njit(cache=True, nogil=True)
def split(
    order: U32,
    indptr: I64,
    terms: Terms,
    impacts: U8,
    steps: F32,
    counts: I32,
    labels: I32,
    left: int,
    seed: int,
    iterations: int,
    still: float,
    cooling: float,
) -> None:
    """Bisect one node: reorder `order`, uint32[m], so that its first `left` documents are the left side.

    Args:
        order: Document numbers.
        indptr: Of all documents, by number.
        terms: Of all documents.
        impacts: uint8[P] of all documents.
        steps: Of `term_gains`.
        counts: int32[V] scratch, zero.
        labels: int32[V] scratch.
        left: Size of the left side.
        seed: For the sides to begin with.
        iterations: Most rounds of moves.
        still: Share of the documents of which no more than that many moves end the rounds.
        cooling: By how much the tolerance grows each round, bits times impact.
    """
    m = order.size
    own_indptr, own_terms, own_impacts, vocabulary = _copy(order, indptr, terms, impacts, counts, labels)
    sides, moved = np.ones(m, dtype=np.uint8), np.empty(m, dtype=np.uint8)
    keys, scratch = np.empty(m, dtype=np.float32), np.empty(m, dtype=np.float32)
    degrees, gains = np.zeros(2 * vocabulary, dtype=np.int32), np.empty(2 * vocabulary, dtype=np.float32)
    random_keys(order, seed, keys)
    move(keys, left, scratch, sides, moved)
    count_sides(own_indptr, own_terms, sides, 0, m, degrees)
    for iteration in range(iterations):
        term_gains(degrees, steps, left, m - left, gains)
        document_keys(own_indptr, own_terms, own_impacts, sides, gains, cooling * iteration, 0, m, keys)
        if move(keys, left, scratch, sides, moved) <= still * m:
            break
        count_moves(own_indptr, own_terms, sides, moved, 0, m, degrees)
    arrange(order, sides)


@njit(cache=True, nogil=True)
def split_all(
    order: U32,
    indptr: I64,
    terms: Terms,
    impacts: U8,
    steps: F32,
    vocabulary: int,
    leaf: int,
    group: int,
    seed: int,
    iterations: int,
    still: float,
    cooling: float,
) -> None:
    """Bisect a node, its halves and so on, down to `leaf` documents; arguments as for `split` and `left_size`."""
    counts, labels = np.zeros(vocabulary, dtype=np.int32), np.empty(vocabulary, dtype=np.int32)
    waiting = np.empty((order.size // leaf + 2, 2), dtype=np.int64)
    waiting[0, 0], waiting[0, 1] = 0, order.size
    height = 1
    while height:  # ends: a node is taken once and its parts are smaller
        height -= 1
        first, last = waiting[height]
        if last - first <= leaf:
            continue
        left = left_size(last - first, leaf, group)
        node = order[first:last]
        split(node, indptr, terms, impacts, steps, counts, labels, left, seed, iterations, still, cooling)
        waiting[height, 0], waiting[height, 1] = first, first + left
        waiting[height + 1, 0], waiting[height + 1, 1] = first + left, last
        height += 2
