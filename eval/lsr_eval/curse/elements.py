"""What the numbers of a dense vector are kept as, and how many of them fit into how many bytes."""

from typing import Literal, get_args

import numpy as np

from lsr_index.arrays import F32
from lsr_index.errors import InputError

Element = Literal["float32", "float16", "int8"]
WIDTHS: dict[Element, int] = {"float32": 4, "float16": 2, "int8": 1}
SCALE = 4
"""Bytes of what int8 keeps of each dimension: the value of one step, a float32."""


def parse(text: str) -> list[Element]:
    """Turn "float32,int8" into elements; "none" is none of them.

    Raises:
        InputError: if one is unknown.
    """
    known: dict[str, Element] = {name: name for name in get_args(Element)}
    names = [] if text.strip() == "none" else [part.strip() for part in text.split(",")]
    for name in names:
        if name not in known:
            raise InputError(f"dense vectors are not kept as {name!r}; choose among {', '.join(known)}, or none")
    return list(dict.fromkeys(known[name] for name in names))


def size(count: int, dims: int, element: Element) -> int:
    """Return the bytes of so many vectors."""
    return dims * _column(count, element)


def dims_within(available: int, count: int, element: Element) -> int:
    """Return how many dimensions of so many vectors fit into the bytes that are available."""
    return available // _column(count, element)


def kept(vectors: F32, element: Element) -> F32:
    """Return float32[n, d]: what is read back of vectors that were kept so; int8 has one scale a dimension."""
    if element == "float32":
        return vectors
    if element == "float16":
        return vectors.astype(np.float16).astype(np.float32)
    steps = np.abs(vectors).max(axis=0, initial=0) / 127
    steps[steps == 0] = 1
    return np.asarray(np.rint(vectors / steps) * steps, dtype=np.float32)


def _column(count: int, element: Element) -> int:
    return count * WIDTHS[element] + (SCALE if element == "int8" else 0)
