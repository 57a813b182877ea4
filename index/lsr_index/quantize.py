"""Eight-bit impacts: one scale per index, chosen from the largest weight.

weight ≈ impact × scale, impact in 1…255. A stored weight never becomes 0: a term that a document has stays findable.
"""

import numpy as np
from numpy.typing import NDArray

LEVELS = 255


def scale_for(largest: float, *, integral: bool = False) -> np.float32:
    """Return the float32 scale of an index.

    Args:
        largest: The largest weight.
        integral: Whether all weights are whole numbers; up to 255 they are kept as they are.

    Returns:
        The scale at which the largest weight becomes 255; 1 where there is nothing to scale.
    """
    if largest <= 0 or (integral and largest <= LEVELS):
        return np.float32(1.0)
    return max(np.float32(largest / LEVELS), np.finfo(np.float32).tiny)


def quantize(weights: NDArray[np.float32], scale: np.float32) -> NDArray[np.uint8]:
    """Round weights to impacts, uint8 in 1…255."""
    impacts: NDArray[np.uint8] = np.clip(np.rint(weights / scale), 1, LEVELS).astype(np.uint8)
    return impacts
