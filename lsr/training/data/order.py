"""A source's examples in a new order every pass, found by position alone."""

import numpy as np
from numpy.typing import NDArray


class Shuffled:
    """Positions 0, 1, … of an endless sequence: every run of `size` from a multiple of it holds each number once."""

    def __init__(self, size: int, seed: tuple[int, ...]) -> None:
        self._size, self._seed = size, seed
        self._pass = -1
        self._order: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def __getitem__(self, position: int) -> tuple[int, int]:
        """Return `(number, pass)`."""
        pass_number, place = divmod(position, self._size)
        if pass_number != self._pass:
            self._order = np.random.default_rng([*self._seed, pass_number]).permutation(self._size)
            self._pass = pass_number
        return int(self._order[place]), pass_number
