"""Eight-bit impacts: one scale per index, chosen from the largest weight.

weight ≈ impact × scale, impact in 1…255. A stored weight never becomes 0: a term that a document has stays findable.
"""

import numpy as np
from numpy.typing import NDArray

LEVELS = 255


def scale_for(largest: float) -> np.float32:
    """Return the float32 scale at which the largest weight becomes 255; 1 for an index without postings."""
    return np.float32(largest / LEVELS) if largest > 0 else np.float32(1.0)


def quantize(weights: NDArray[np.float32], scale: np.float32) -> NDArray[np.uint8]:
    """Round weights to impacts, uint8 in 1…255."""
    return np.clip(np.rint(weights / scale), 1, LEVELS).astype(np.uint8)
