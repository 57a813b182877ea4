"""The Pareto front: what nothing else beats."""

import math
from collections.abc import Sequence


def front(costs: Sequence[float], qualities: Sequence[float]) -> list[bool]:
    """Tell which points no other dominates; one dominates that is no worse in both and better in one.

    Points that are equal in both do not dominate each other: all of them are on the front, or none.

    Args:
        costs: Less is better; finite.
        qualities: More is better; as many.

    Returns:
        Whether each point is on the front, in the order given.
    """
    on_front = [False] * len(costs)
    best, best_cost = -math.inf, math.nan
    for number in sorted(range(len(costs)), key=lambda n: (costs[n], -qualities[n])):
        cost, quality = costs[number], qualities[number]
        if quality > best or (quality == best and cost == best_cost):
            best, best_cost = quality, cost
            on_front[number] = True
    return on_front
