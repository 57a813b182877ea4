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
        The scales at which each term's largest weight becomes 255; a term without weights gets the finest of them.
        All ones where there is nothing to scale.
    """
    most = float(largest.max(initial=0))
    if most <= 0 or (integral and most <= LEVELS):
        return np.ones(len(largest), dtype=np.float32)
    # (A coarse one would take digits from the other terms of a query, see `kernels.answer`.)
    filled = np.where(largest > 0, largest, largest[largest > 0].min()).astype(np.float64)
    scales: NDArray[np.float32] = np.maximum((filled / LEVELS).astype(np.float32), np.finfo(np.float32).tiny)
    return scales


def scales_like(
    known: NDArray[np.float32], largest: NDArray[np.float32], *, integral: bool = False
) -> NDArray[np.float32]:
    """Return scales for further documents of an index: those it has, so that equal weights stay equal.

    Args:
        known: float32[V] scales of the index, 0 for terms that no document of it has.
        largest: float32[V] largest weight of each term among the further documents, 0 where it has none.
        integral: Whether all their weights are whole numbers.

    Returns:
        float32[V] the known scale, raised where a weight lies above its 255 steps; new terms get scales of their own.
    """
    if integral and (known > 0).any() and np.isin(known, (0, 1)).all():  # new terms of whole numbers stay exact too
        known = np.ones_like(known)
    scales = np.where(known > 0, known, scales_for(largest, integral=integral))
    above = np.rint(largest / scales) > LEVELS
    scales[above] = (largest[above].astype(np.float64) / LEVELS).astype(np.float32)
    return scales


def quantize(weights: NDArray[np.float32], scale: NDArray[np.float32] | np.float32) -> NDArray[np.uint8]:
    """Round weights to impacts, uint8 in 1…255."""
    impacts: NDArray[np.uint8] = np.clip(np.rint(weights / scale), 1, LEVELS).astype(np.uint8)
    return impacts
