"""Whether query vectors are well-formed, in one pass: what `vectors.checked` finds out with many."""

import numpy as np
from numba import njit

from lsr_index.arrays import F32, I32
from lsr_index.vectors import LARGEST


@njit(cache=True, nogil=True)
def well_formed(indptr: I32, terms: I32, weights: F32, size: int) -> bool:
    """Tell whether rows are sorted by term without duplicates, terms are below `size` and weights in (0, LARGEST]."""
    if indptr[0] != 0 or indptr[indptr.size - 1] != terms.size or terms.size != weights.size:
        return False
    largest = np.float32(LARGEST)
    for row in range(indptr.size - 1):
        if indptr[row + 1] < indptr[row]:
            return False
        previous = -1
        for p in range(indptr[row], indptr[row + 1]):
            if terms[p] <= previous or terms[p] >= size or not 0 < weights[p] <= largest:
                return False
            previous = terms[p]
    return True
