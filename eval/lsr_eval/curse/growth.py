"""The sizes an index grows through: nested prefixes of one order of the distractors."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lsr_eval.curse.pool import Pool
from lsr_index.arrays import I64
from lsr_index.errors import InputError

ALL = "all"


@dataclass(frozen=True)
class Step:
    """One index: so many documents, in one order of the distractors."""

    size: int
    repeat: int
    members: I64
    """Places in the pool: the fixed documents, then distractors."""


def parse(text: str) -> list[int | None]:
    """Turn "1000,3000,all" into sizes, None for all.

    Raises:
        InputError: if one is no whole number above 0.
    """
    sizes: list[int | None] = []
    for part in (part.strip() for part in text.split(",")):
        if part != ALL and not (part.isdecimal() and int(part) > 0):
            raise InputError(f"the size {part!r} is no number of documents; write sizes like 1000,3000,10000,all")
        sizes.append(None if part == ALL else int(part))
    return sizes


def usual(pool: Pool) -> list[int | None]:
    """Return 1, 3, 10, 30, 100, … as far as the pool has room for them, and all."""
    steps = [lead * 10**power for power in range(10) for lead in (1, 3)]
    return [size for size in steps if pool.fixed <= size and 1000 <= size < len(pool.ids)] + [None]


def strings_for(sizes: Sequence[int | None], fixed: int) -> int:
    """Return how many strings the largest size needs beside the fixed documents.

    Raises:
        InputError: if the sizes have no largest.
    """
    if None in sizes:
        raise InputError("there is no end of random strings: name sizes like 1000,3000,10000, without all")
    return max(0, max(size for size in sizes if size is not None) - fixed)


def resolved(sizes: Sequence[int | None], pool: Pool) -> list[int]:
    """Return the sizes, rising, each once.

    Raises:
        InputError: if one is smaller than the fixed documents or larger than the pool, or there are no distractors.
    """
    found = sorted({len(pool.ids) if size is None else size for size in sizes})
    if found[0] < pool.fixed:
        raise InputError(
            f"an index of {found[0]} has no room for the {pool.fixed} documents judged for the queries, which always "
            "stay; take larger sizes, or fewer queries with --queries"
        )
    if not pool.distractors:
        raise InputError(
            f"no distractors are left beside the {pool.fixed} documents judged for the queries; name more datasets, "
            "or take --distractors strings and a larger size"
        )
    if found[-1] > len(pool.ids):
        raise InputError(
            f"an index of {found[-1]} needs {found[-1] - pool.fixed} distractors and there are {pool.distractors}; "
            f"name more datasets, or sizes up to {len(pool.ids)}"
        )
    return found


def steps(pool: Pool, sizes: Sequence[int], repeats: int, seed: int) -> Iterator[Step]:
    """Yield the indexes, size after size; where all distractors are in, or none, one repeat says it all."""
    orders = [np.random.default_rng((seed, repeat)).permutation(pool.distractors) for repeat in range(repeats)]
    for size in sizes:
        more = size - pool.fixed
        for repeat, order in enumerate(orders[: 1 if more in (0, pool.distractors) else repeats]):
            yield Step(size, repeat, np.concatenate([np.arange(pool.fixed), pool.fixed + order[:more]]))
