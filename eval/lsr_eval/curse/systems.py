"""What is compared, as the command line names it: `bm25`, `MODEL`, `MODEL+if`, `dense:MODEL`, `dense:MODEL@64`."""

from collections.abc import Sequence
from dataclasses import dataclass

from lsr_index.errors import InputError

DENSE, INFERENCE_FREE = "dense:", "+if"


@dataclass(frozen=True)
class Sparse:
    """BM25 or a learned sparse model, in lsr's own index."""

    name: str
    model: str
    inference_free: bool = False
    """Whether queries are weighted by a table in the place of the model's network."""


@dataclass(frozen=True)
class Dense:
    """A dense model, searched exactly."""

    name: str
    model: str
    dims: int | None = None
    """How many dimensions are kept; None keeps the model's."""


System = Sparse | Dense


def parse(text: str, dims: str = "") -> list[System]:
    """Turn "bm25,splade-tiny+if,dense:minilm@64" into systems, each once.

    Args:
        text: Names with commas.
        dims: Dimensions, with commas, of dense systems that name none.

    Raises:
        InputError: if a name is none, or a number of dimensions is no whole number above 0.
    """
    usual = [_dims(part, f"--dims {dims}") for part in dims.split(",")] if dims.strip() else [None]
    found: list[System] = []
    for name in (part.strip() for part in text.split(",")):
        found += _systems(name, usual)
    return list(dict.fromkeys(found))


def _systems(name: str, usual: Sequence[int | None]) -> Sequence[System]:
    if not name or name == DENSE:
        raise InputError(f"the system {name!r} names no model; write bm25, MODEL, MODEL+if or dense:MODEL@64")
    if name.startswith(DENSE):
        model, at, dims = name.removeprefix(DENSE).partition("@")
        wanted = [_dims(dims, name)] if at else usual
        return [Dense(f"{DENSE}{model}@{one}" if one else name, model, one) for one in wanted]
    model = name.removesuffix(INFERENCE_FREE)
    if model == "bm25" and model != name:
        raise InputError("bm25 has no network to free its queries of; leave +if out")
    return [Sparse(name, model, inference_free=model != name)]


def _dims(text: str, where: str) -> int:
    if not (text.strip().isdecimal() and int(text) > 0):
        raise InputError(f"{where}: {text!r} is no number of dimensions; write a whole number above 0")
    return int(text)
