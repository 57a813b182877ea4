"""Cut texts of all lengths into batches of few distinct shapes.

Lengths are rounded up to a bucket and a batch holds as many texts as a token budget allows, so that a batch costs
about the same whatever its length, little is padding, and the allocator sees the same few shapes again and again: with
ever-changing shapes a long run fragments the heap until memory is gone.
"""

import numpy as np
from numpy.typing import NDArray

BUCKETS = (*range(8, 64, 8), *range(64, 128, 16), *range(128, 256, 32), *range(256, 513, 64))


def bucket_of(length: int) -> int:
    """Return the padded length for a text of this many tokens."""
    return next((size for size in BUCKETS if size >= length), -(-length // 128) * 128)


def plan(lengths: NDArray[np.int64], token_budget: int, longest: int) -> list[tuple[int, NDArray[np.int64]]]:
    """Group texts by bucket and cut the groups into batches.

    Args:
        lengths: int64[n] token counts, above zero.
        token_budget: Largest number of padded tokens in a batch; a single longer text still makes a batch.
        longest: What the model can read; no batch is padded beyond it.

    Returns:
        `(padded length, positions)` pairs, longest first, so that the largest buffers come first; every position
        occurs exactly once.
    """
    padded = np.array([min(bucket_of(int(length)), longest) for length in lengths], dtype=np.int64)
    batches = []
    for size in sorted(set(padded.tolist()), reverse=True):
        members = np.flatnonzero(padded == size)
        per_batch = max(1, token_budget // size)
        batches += [(size, members[start : start + per_batch]) for start in range(0, len(members), per_batch)]
    return batches
