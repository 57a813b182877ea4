"""The best documents so far, as integer keys in a buffer that is cut to the best k when it is full.

A key is `score bits << 32 | (2^32 - 1 - number)`: positive float32 order like their bits, so a larger key is a better
document: the higher score, then the lower document number. Cutting a buffer of k + SLACK keys costs O(k + SLACK) and
happens at most once for SLACK new keys: constant time a candidate, where a heap pays log k.
"""

from typing import NamedTuple

# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
import numpy as np
from numba import njit
from numpy.typing import NDArray

from lsr_index.arrays import F32, U8, U32, U64

SLACK = 512
EAGER = 128  # up to this k the buffer is cut after every window that offered something: the threshold rises sooner
LANES = 32


class TopK(NamedTuple):
    """The buffer; `make` allocates it."""

    keys: U64
    """[k + SLACK] the first `size[0]` are in use."""
    size: NDArray[np.int64]
    """[1]"""
    threshold: F32
    """[1] k documents score at least this much (or 0): a document that scores less is not among the best k."""
    k: NDArray[np.int64]
    """[1]"""


def make(k: int) -> TopK:
    """Allocate an empty buffer for the best k."""
    return TopK(np.empty(k + SLACK, np.uint64), np.zeros(1, np.int64), np.zeros(1, np.float32), np.full(1, k, np.int64))


@njit(cache=True, nogil=True, inline="always")
def key_of(score: np.float32, number: np.uint32) -> np.uint64:
    """Pack a positive score and a document number."""
    bits = np.uint64(np.float32(score).view(np.uint32))
    return (bits << np.uint64(32)) | np.uint64(np.uint32(0xFFFFFFFF) - np.uint32(number))


@njit(cache=True, nogil=True, inline="always")
def score_of(key: np.uint64) -> np.float32:
    """Unpack the score."""
    return np.uint32(np.uint64(key) >> np.uint64(32)).view(np.float32)


@njit(cache=True, nogil=True)
def reset(top: TopK, k: int) -> None:
    """Empty the buffer and use it for the best k."""
    top.size[0] = 0
    top.threshold[0] = 0
    top.k[0] = k


@njit(cache=True, nogil=True)
def offer(top: TopK, scores: F32, first: int, numbers: U32, base: int, allowed: U8) -> None:
    """Take the documents of a window that can be among the best k, and clear the window.

    Args:
        top: The buffer.
        scores: float32[w] scores of consecutive documents; w is a multiple of 32; zeroed. 0 means no match.
        first: Place of the first one in the internal order.
        numbers: uint32[N] document number at each place.
        base: Added to document numbers (earlier segments' documents).
        allowed: uint8[N] 0 at places of documents that must not be found; empty if all may.
    """
    before = top.size[0]
    # Floats >= 0 order like their bits.
    bits = scores.view(np.int32)
    least = max(np.int32(1), np.float32(top.threshold[0]).view(np.int32))
    for lanes in range(np.uint32(scores.size // LANES)):
        block = np.int64(lanes) * LANES
        reached = np.int32(0)
        for lane in range(LANES):  # without a branch, and with indexes that cannot be negative: vector operations
            reached |= np.int32(bits[np.uint64(block) + np.uint64(lane)] >= least)
        if reached:
            for place in range(block, block + LANES):
                if bits[place] >= least and (allowed.size == 0 or allowed[first + place]):
                    top.keys[top.size[0]] = key_of(scores[place], np.uint32(base + numbers[first + place]))
                    top.size[0] += 1
                    if top.size[0] == top.k[0] + SLACK:
                        cut(top)
                        least = max(least, np.float32(top.threshold[0]).view(np.int32))
    scores[:] = 0
    if top.size[0] > before and top.k[0] <= EAGER and top.size[0] >= top.k[0]:
        cut(top)


@njit(cache=True, nogil=True)
def cut(top: TopK) -> None:
    """Keep the best k keys and raise the threshold to the worst of them."""
    size, k = top.size[0], top.k[0]
    if size > k:
        _select(top.keys, size, k)
        size = k
        top.size[0] = k
    if size == k:
        worst = top.keys[0]
        for i in range(1, k):
            worst = min(worst, top.keys[i])
        top.threshold[0] = max(top.threshold[0], score_of(worst))


@njit(cache=True, nogil=True)
def finish(top: TopK, scores: F32, numbers: NDArray[np.int64]) -> int:
    """Write the best k, best first, and return how many there are."""
    cut(top)
    size = top.size[0]
    best = np.sort(top.keys[:size])
    for i in range(size):
        key = best[size - 1 - i]
        scores[i] = score_of(key)
        numbers[i] = np.int64(np.uint32(0xFFFFFFFF) - np.uint32(key & np.uint64(0xFFFFFFFF)))
    return size


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
