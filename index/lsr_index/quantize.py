"""Eight-bit impacts: a scale for every term, chosen from its largest weight.

weight ≈ impact × scale of the term, impact in 1…255. A stored weight never becomes 0: a term that a document has stays
findable. A scale a term keeps light terms as exact as heavy ones, and costs a query nothing: its weights take it in.
"""

import numpy as np
from numpy.typing import NDArray

LEVELS = 255


def scales_for(largest: NDArray[np.float32], *, integral: bool = False) -> NDArray[np.float32]:
    """Return the weight of impact 1 of every term, float32[V].

    Args:
        largest: float32[V] largest weight of each term, 0 where it has none.
        integral: Whether all weights are whole numbers; up to 255 they are kept as they are.

    Returns:
        The scales at which each term's largest weight becomes 255; a term without weights gets the coarsest of them.
        All ones where there is nothing to scale.
    """
    most = float(largest.max(initial=0))
    if most <= 0 or (integral and most <= LEVELS):
        return np.ones(len(largest), dtype=np.float32)
    filled = np.where(largest > 0, largest, np.float32(most)).astype(np.float64)
    scales: NDArray[np.float32] = np.maximum((filled / LEVELS).astype(np.float32), np.finfo(np.float32).tiny)
    return scales


def quantize(weights: NDArray[np.float32], scale: NDArray[np.float32] | np.float32) -> NDArray[np.uint8]:
    """Round weights to impacts, uint8 in 1…255."""
    impacts: NDArray[np.uint8] = np.clip(np.rint(weights / scale), 1, LEVELS).astype(np.uint8)
    return impacts
