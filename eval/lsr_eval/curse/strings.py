"""Random character strings: distractors that mean nothing (Reimers & Gurevych, arXiv:2012.14210)."""

from string import ascii_lowercase

import numpy as np

ALPHABET = np.array([*ascii_lowercase, " "])
SHORTEST, LONGEST = 20, 150


def random_strings(count: int, seed: int) -> list[str]:
    """Return strings of 20 to 150 lower-case letters and spaces; fewer of the same seed are the first of these."""
    return [_string(np.random.default_rng((seed, number))) for number in range(count)]


def _string(rng: np.random.Generator) -> str:
    return "".join(rng.choice(ALPHABET, size=rng.integers(SHORTEST, LONGEST + 1)))
