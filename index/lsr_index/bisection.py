"""Numba kernels of recursive graph bisection; `lsr_index.order` drives them.

Dhulipala et al., Compressing graphs and indexes with recursive graph bisection, KDD 2016; Mackenzie et al., Tradeoff
options for bipartite graph partitioning, TKDE 2022 (selection in place of sorting, cooling, early stop).

A node of the recursion is a set of `m` documents. Its postings are copied to a compact form with term ids of the node's
own (`local_terms`), so that the tables looked up at random stay in cache; documents then keep their places and only
their `sides` (0 left, 1 right) change, so that postings are read in sequence. Everything that two threads may add to is
an integer and everything else is computed document by document, so that the outcome does not depend on threads.
"""

import numpy as np
from numba import njit

from lsr_index.arrays import F32, I32, I64, U8

MAX_ITERATIONS = 20


@njit(cache=True, nogil=True)
def document_frequencies(indptr: I64, terms, first: int, last: int, out: I64) -> None:
    for p in range(indptr[first], indptr[last]):
        out[terms[p]] += 1


@njit(cache=True, nogil=True)
def kept_lengths(indptr: I64, terms, labels: I32, limit: int, first: int, last: int, out_lengths: I64) -> None:
    for d in range(first, last):
        count = 0
        for p in range(indptr[d], indptr[d + 1]):
            if labels[terms[p]] >= 0:
                count += 1
        out_lengths[d] = min(count, limit)


@njit(cache=True, nogil=True)
def keep_heaviest(indptr: I64, terms, weights, labels, limit, factors, first, last, kept_indptr, out_terms):
    longest = 0
    for d in range(first, last):
        longest = max(longest, indptr[d + 1] - indptr[d])
    values = np.empty(longest, dtype=np.float32)
    scratch = np.empty(longest, dtype=np.float32)
    for d in range(first, last):
        count = 0
        for p in range(indptr[d], indptr[d + 1]):
            if labels[terms[p]] >= 0:
                values[count] = -np.float32(weights[p]) * factors[terms[p]]
                count += 1
        place = kept_indptr[d]
        room = kept_indptr[d + 1] - place
        if room == 0:
            continue
        scratch[:count] = values[:count]
        bound = select(scratch, count, room - 1)
        ties = room
        for i in range(count):
            ties -= values[i] < bound
        i = 0
        for p in range(indptr[d], indptr[d + 1]):
            label = labels[terms[p]]
            if label < 0:
                continue
            value = values[i]
            i += 1
            if value == bound:
                ties -= 1
            if value < bound or (value == bound and ties >= 0):
                out_terms[place] = label
                place += 1


@njit(cache=True, nogil=True)
def select(values: F32, count: int, rank: int) -> float:
    """Return the value of rank `rank` (from 0, rising) of the first `count`, which change places (Hoare's Find)."""
    low, high = 0, count - 1
    while low < high:  # ends: every turn leaves at least one value of low..high out
        pivot = values[(low + high) >> 1]
        i, j = low, high
        while i <= j:  # ends: i rises and j falls at every swap
            while values[i] < pivot:  # ends at the pivot or at a value swapped before
                i += 1
            while pivot < values[j]:  # likewise
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if j < rank:
            low = i
        if rank < i:
            high = j
    return values[rank]


@njit(cache=True, nogil=True)
def count_sides(indptr, terms, sides, first, last, out_degrees):
    for i in range(first, last):
        side = np.int64(sides[i])
        for p in range(indptr[i], indptr[i + 1]):
            out_degrees[2 * np.int64(terms[p]) + side] += 1


@njit(cache=True, nogil=True)
def count_moves(indptr, terms, sides, moved, first, last, out_degrees):
    for i in range(first, last):
        if moved[i]:
            side = np.int64(sides[i])
            for p in range(indptr[i], indptr[i + 1]):
                at = 2 * np.int64(terms[p])
                out_degrees[at + side] += 1
                out_degrees[at + 1 - side] -= 1


@njit(cache=True, nogil=True)
def term_gains(degrees, steps, left, right, vocabulary, out_gains):
    shift = np.float32(np.log2(left) - np.log2(right))
    for t in range(vocabulary):
        a, b = degrees[2 * t], degrees[2 * t + 1]
        out_gains[2 * t] = shift + steps[b] - steps[max(a - 1, 0)]
        out_gains[2 * t + 1] = shift - steps[a] + steps[max(b - 1, 0)]


@njit(cache=True, nogil=True)
def document_keys(indptr, terms, sides, gains, tolerance, first, last, out_keys):
    for i in range(first, last):
        side = np.int64(sides[i])
        key = np.float32(0)
        for p in range(indptr[i], indptr[i + 1]):
            key += gains[2 * np.int64(terms[p]) + side]
        out_keys[i] = key + tolerance if side else key - tolerance


@njit(cache=True, nogil=True)
def move(keys, scratch, sides, left, out_moved):
    m = keys.size
    scratch[:m] = keys
    bound = select(scratch, m, left - 1)
    stay = left
    for i in range(m):
        if keys[i] < bound or (keys[i] == bound and sides[i] == 0):
            stay -= 1
    # stay: places left for ties from the right (or, below zero, ties on the left that must go).
    moves = 0
    for i in range(m):
        if keys[i] == bound:
            if sides[i] == 0:
                side = 0
                if stay < 0:
                    side = 1
                    stay += 1
            else:
                side = 1
                if stay > 0:
                    side = 0
                    stay -= 1
        else:
            side = 0 if keys[i] < bound else 1
        out_moved[i] = side != sides[i]
        moves += side != sides[i]
        sides[i] = side
    return moves


@njit(cache=True, nogil=True)
def random_keys(documents, seed, out_keys):
    for i in range(documents.size):
        x = np.uint64(documents[i]) + np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        out_keys[i] = np.float32((x ^ (x >> np.uint64(31))) >> np.uint64(40))


@njit(cache=True, nogil=True)
def label_terms(frequencies, m, out_labels):
    count = 0
    for t in range(frequencies.size):
        if 2 <= frequencies[t] < m:
            out_labels[t] = count
            count += 1
        else:
            out_labels[t] = -1
    return count


@njit(cache=True, nogil=True)
def left_size(m: int, leaf: int) -> int:
    unit = leaf * 8 if m > leaf * 8 else leaf
    return max(1, (m // 2 + unit // 2) // unit) * unit


@njit(cache=True, nogil=True)
def split(order, indptr, terms, steps, labels, frequencies, left, seed, iterations, stop, cooling):
    """Bisect one node"""
    m = order.size
    # local copy
    total = 0
    touched = np.empty(frequencies.size, dtype=np.int32)
    seen = 0
    for i in range(m):
        for p in range(indptr[order[i]], indptr[order[i] + 1]):
            t = terms[p]
            if frequencies[t] == 0:
                touched[seen] = t
                seen += 1
            frequencies[t] += 1
    vocabulary = 0
    for j in range(seen):
        t = touched[j]
        if 2 <= frequencies[t] < m:
            labels[t] = vocabulary
            vocabulary += 1
            total += frequencies[t]
        else:
            labels[t] = -1
        frequencies[t] = 0
    local_indptr = np.empty(m + 1, dtype=np.int64)
    local_terms = np.empty(total, dtype=terms.dtype)
    at = 0
    for i in range(m):
        local_indptr[i] = at
        for p in range(indptr[order[i]], indptr[order[i] + 1]):
            label = labels[terms[p]]
            if label >= 0:
                local_terms[at] = label
                at += 1
    local_indptr[m] = at
    sides = np.ones(m, dtype=np.uint8)
    moved = np.empty(m, dtype=np.uint8)
    keys = np.empty(m, dtype=np.float32)
    scratch = np.empty(m, dtype=np.float32)
    degrees = np.zeros(2 * vocabulary, dtype=np.int32)
    gains = np.empty(2 * vocabulary, dtype=np.float32)
    random_keys(order, seed, keys)
    move(keys, scratch, sides, left, moved)
    count_sides(local_indptr, local_terms, sides, 0, m, degrees)
    done = 0
    for iteration in range(iterations):
        term_gains(degrees, steps, left, m - left, vocabulary, gains)
        document_keys(local_indptr, local_terms, sides, gains, np.float32(cooling * iteration), 0, m, keys)
        moves = move(keys, scratch, sides, left, moved)
        done += 1
        if moves <= stop * m:
            break
        count_moves(local_indptr, local_terms, sides, moved, 0, m, degrees)
    arrange(order, sides)
    return done


@njit(cache=True, nogil=True)
def arrange(order, sides):
    m = order.size
    right = np.empty(m, dtype=order.dtype)
    a = b = 0
    for i in range(m):
        if sides[i]:
            right[b] = order[i]
            b += 1
        else:
            order[a] = order[i]
            a += 1
    order[a:] = right[:b]


@njit(cache=True, nogil=True)
def subtree(order, indptr, terms, steps, vocabulary, leaf, seed, iterations, stop, cooling):
    labels = np.empty(vocabulary, dtype=np.int32)
    frequencies = np.zeros(vocabulary, dtype=np.int32)
    stack = np.empty((128, 2), dtype=np.int64)
    stack[0, 0], stack[0, 1] = 0, order.size
    height = 1
    work = 0
    while height:  # ends: each node is taken once
        height -= 1
        first, last = stack[height]
        m = last - first
        if m <= leaf:
            continue
        left = left_size(m, leaf)
        work += m * split(
            order[first:last], indptr, terms, steps, labels, frequencies, left, seed, iterations, stop, cooling
        )
        stack[height, 0], stack[height, 1] = first, first + left
        stack[height + 1, 0], stack[height + 1, 1] = first + left, last
        height += 2
    return work
