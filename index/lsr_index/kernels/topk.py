"""The best documents so far: integer keys in a buffer, and a histogram of scores that raises the threshold.

A key is `score << 32 | (2^32 - 1 - number)`: a larger key is a better document, of a higher score, or of a lower number
at the same score. Every document that is taken is counted in one of BUCKETS score intervals of equal width; as soon as
k documents stand above the lower edge of an interval, that edge is the threshold. So a new candidate costs a few
instructions whatever k is, where a heap pays log k; the buffer is cut to what reaches the threshold when it is full,
and sorted once, at the end.
"""

from typing import NamedTuple

# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
import numpy as np
from numba import njit

from lsr_index.arrays import I32, I64, U8, U32, U64
from lsr_index.kernels.bits import trailing_zeros

SLACK = 1024
LANES = 16
SHIFT = 19  # an interval is 2^19 wide
BUCKETS = 1 << (31 - SHIFT)
DIGIT = 11  # bits sorted at a time
FEW = 48  # keys; fewer are sorted by insertion


class TopK(NamedTuple):
    """The buffer; `make` allocates it. Few arrays: each costs every call that passes them on."""

    keys: U64
    """[k + SLACK] the first state[SIZE] are in use."""
    state: I64
    """[5] see the names below."""
    counts: I32
    """[BUCKETS] documents taken whose score lies in each interval."""


SIZE = 0
K = 1
THRESHOLD = 2  # k documents score at least this much (or 1): one that scores less is not among the best k
LOW, ABOVE = 3, 4  # the lowest interval above whose lower edge k documents may stand; how many do


def make(k: int) -> TopK:
    """Allocate an empty buffer for the best k."""
    return TopK(np.empty(k + SLACK, np.uint64), np.array([0, k, 1, 0, 0]), np.zeros(BUCKETS, np.int32))


@njit(cache=True, nogil=True, inline="always")
def score_of(key: np.uint64) -> np.int64:
    """Unpack the score."""
    return np.int64(np.uint64(key) >> np.uint64(32))


@njit(cache=True, nogil=True, inline="always")
def number_of(key: np.uint64) -> np.int64:
    """Unpack the document number."""
    return np.int64(np.uint32(0xFFFFFFFF) - np.uint32(key & np.uint64(0xFFFFFFFF)))


@njit(cache=True, nogil=True)
def reset(top: TopK, k: int) -> None:
    """Empty the buffer and use it for the best k."""
    top.state[SIZE], top.state[K], top.state[THRESHOLD], top.state[LOW], top.state[ABOVE] = 0, k, 1, 0, 0
    top.counts[:] = 0


@njit(cache=True, nogil=True)
def offer(
    top: TopK, scores: I32, start: np.uint64, size: np.uint64, first: np.uint64, numbers: U32, base: int, allowed: U8
) -> None:
    """Take the documents of a window that can be among the best k.

    Args:
        top: The buffer.
        scores: int32[…] scores of consecutive documents; 0 means no match.
        start: Where the window begins in `scores`.
        size: How many scores it has, a multiple of LANES.
        first: Place in the internal order of the first.
        numbers: uint32[N] document number at each place.
        base: Added to document numbers (earlier segments' documents).
        allowed: uint8[places] 0 at places of documents that must not be found; empty if all may.
    """
    keys, state, counts = top.keys, top.state, top.counts
    least = np.int32(state[THRESHOLD])
    for group in range(start, start + size, np.uint64(LANES)):
        reached = np.uint32(0)
        for lane in range(np.uint64(LANES)):  # without a branch: vector operations
            reached |= np.uint32(scores[group + lane] >= least) << np.uint32(lane)
        while reached:  # ends: a bit is taken away at every turn
            at = group + np.uint64(trailing_zeros(reached))  # type: ignore[call-arg]
            reached &= reached - np.uint32(1)
            place = first + at - start
            if scores[at] >= least and (allowed.size == 0 or allowed[place]):
                if state[SIZE] == keys.size:
                    cut(top)
                _push(keys, state, counts, scores[at], np.uint32(base + numbers[place]))
                least = np.int32(state[THRESHOLD])


@njit(cache=True, nogil=True)
def offer_found(top: TopK, found: U64, count: np.uint64, first: np.uint64, numbers: U32, base: int) -> None:
    """Take those of the first `count` documents in `found` that can be among the best k.

    Args:
        top: The buffer.
        found: uint64[>= count] place << 32 | score, places counted from `first`.
        count: How many there are.
        first: Place in the internal order.
        numbers: As in `offer`, like base.
        base: Likewise.
    """
    keys, state, counts = top.keys, top.state, top.counts
    for c in range(count):
        score = np.int64(found[c] & np.uint64(0xFFFFFFFF))
        if score >= state[THRESHOLD]:
            if state[SIZE] == keys.size:
                cut(top)
            _push(keys, state, counts, score, np.uint32(base + numbers[first + (found[c] >> np.uint64(32))]))


@njit(cache=True, nogil=True, inline="always")
def _push(keys: U64, state: I64, counts: I32, score: int, number: np.uint32) -> None:
    keys[state[SIZE]] = (np.uint64(score) << np.uint64(32)) | np.uint64(np.uint32(0xFFFFFFFF) - number)
    state[SIZE] += 1
    bucket = np.uint64(score) >> np.uint64(SHIFT)
    counts[bucket] += 1
    if np.int64(bucket) >= state[LOW]:
        state[ABOVE] += 1
        if state[ABOVE] - counts[state[LOW]] >= state[K]:
            _raise_threshold(state, counts)


@njit(cache=True, nogil=True)
def _raise_threshold(state: I64, counts: I32) -> None:
    low, above = state[LOW], state[ABOVE]
    while above - counts[low] >= state[K]:  # ends: `above` falls, and k >= 1
        above -= counts[low]
        low += 1
    state[THRESHOLD] = max(state[THRESHOLD], low << SHIFT)
    state[LOW], state[ABOVE] = low, above


@njit(cache=True, nogil=True)
def push(top: TopK, score: int, number: np.uint32) -> None:
    """Take a document that reaches the threshold."""
    if top.state[SIZE] == top.keys.size:
        cut(top)
    _push(top.keys, top.state, top.counts, score, number)


@njit(cache=True, nogil=True)
def cut(top: TopK) -> None:
    """Make room: drop keys below the threshold, then all but the best k if that was not enough."""
    keys, k = top.keys, top.state[K]
    least = np.uint64(top.state[THRESHOLD]) << np.uint64(32)
    size = 0
    for i in range(top.state[SIZE]):
        keys[size] = keys[i]
        size += keys[i] >= least
    if size > k + SLACK // 2:
        _select(keys, size, k)
        size = k
        worst = keys[0]
        for i in range(1, k):
            worst = min(worst, keys[i])
        top.state[THRESHOLD] = max(top.state[THRESHOLD], score_of(worst))
    top.state[SIZE] = size


@njit(cache=True, nogil=True)
def resume(top: TopK, keys: U64) -> None:
    """Take the keys that `finish` wrote, of documents found elsewhere."""
    for i in range(keys.size):
        push(top, score_of(keys[i]), np.uint32(number_of(keys[i])))


@njit(cache=True, nogil=True)
def finish(top: TopK, keys: U64) -> int:
    """Write the best k keys, best first, and return how many there are.

    Args:
        top: The buffer; spent afterwards.
        keys: uint64[>= k] out.
    """
    cut(top)
    size, k = top.state[SIZE], top.state[K]
    if size > k:
        _select(top.keys, size, k)
        size = k
    if size <= FEW:
        _sort_few(top.keys, size, keys)
    else:
        _sort(top.keys[:size], keys)
    return size


@njit(cache=True, nogil=True)
def _sort_few(source: U64, size: int, keys: U64) -> None:
    for i in range(size):
        key = source[i]
        j = i
        while j > 0 and keys[j - 1] < key:  # ends: j falls
            keys[j] = keys[j - 1]
            j -= 1
        keys[j] = key


@njit(cache=True, nogil=True)
def _sort(source: U64, keys: U64) -> None:
    # By radix over the score's bits, highest first; then the numbers of equal scores.
    size = source.size
    a, b = source, np.empty(size, np.uint64)
    mask = np.uint64((1 << DIGIT) - 1)
    ends = np.empty(1 << DIGIT, np.int64)
    for turn in range(3):
        shift = np.uint64(32 + turn * DIGIT)
        ends[:] = 0
        for i in range(size):
            ends[mask - ((a[i] >> shift) & mask)] += 1
        total = 0
        for digit in range(ends.size):
            count = ends[digit]
            ends[digit] = total
            total += count
        for i in range(size):
            digit = mask - ((a[i] >> shift) & mask)
            b[ends[digit]] = a[i]
            ends[digit] += 1
        a, b = b, a
    i = 0
    while i < size:  # ends: i grows
        j = i + 1
        while j < size and (a[j] >> np.uint64(32)) == (a[i] >> np.uint64(32)):
            j += 1
        if j - i > 1:
            equal = np.sort(a[i:j])
            for n in range(j - i):
                keys[j - 1 - n] = equal[n]
        else:
            keys[i] = a[i]
        i = j


@njit(cache=True, nogil=True)
def _select(keys: U64, size: int, k: int) -> None:
    # Hoare's selection, largest first; keys are distinct. Ends: low rises or high falls at every turn.
    low, high = 0, size - 1
    while low < high:
        a, b, c = keys[low], keys[(low + high) >> 1], keys[high]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = low, high
        while i <= j:
            while keys[i] > pivot:
                i += 1
            while keys[j] < pivot:
                j -= 1
            if i <= j:
                keys[i], keys[j] = keys[j], keys[i]
                i += 1
                j -= 1
        if k - 1 <= j:
            high = j
        elif k - 1 >= i:
            low = i
        else:
            return
