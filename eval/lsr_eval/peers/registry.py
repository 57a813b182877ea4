"""The engines by name."""

import importlib
import importlib.util
from collections.abc import Sequence

from lsr_eval.peers.base import Peer, Standing
from lsr_index.errors import InputError

HOMES: dict[str, tuple[str, dict[str, object]]] = {
    "lsr": ("lsr_eval.peers.lsr:Lsr", {}),
    "lsr-modes": ("lsr_eval.peers.lsr:Lsr", {"settings": ("safe", "pruned", "exhaustive")}),
    **{f"lsr-exact{bits}": ("lsr_eval.peers.lsr:Lsr", {"exact": bits}) for bits in (16, 32)},
    "scan": ("lsr_eval.peers.scan:Scan", {}),
    "scipy": ("lsr_eval.peers.scipy:Scipy", {}),
    **{f"bmp-b{size}": ("lsr_eval.peers.bmp:Bmp", {"block_size": size}) for size in (8, 16, 32, 64)},
    "seismic": ("lsr_eval.peers.seismic:Seismic", {}),
    "pisa": ("lsr_eval.peers.pisa:Pisa", {}),
    "splade-index": ("lsr_eval.peers.splade_index:SpladeIndex", {}),
}
FAMILIES = {"bmp": [name for name in HOMES if name.startswith("bmp-")]}
"""Names for several engines: all block sizes, since the best one depends on documents and k."""
ALL = "lsr,scan,scipy,bmp,seismic,pisa,splade-index"


def expand(names: str) -> list[str]:
    """Return the engines that a comma-separated list names, each once.

    Raises:
        InputError: if there is no such engine, or none is named.
    """
    chosen: list[str] = []
    for name in filter(None, (name.strip() for name in names.split(","))):
        if name not in HOMES and name not in FAMILIES:
            raise InputError(f"unknown engine {name!r}; there are: {', '.join([*HOMES, *FAMILIES])}")
        chosen += [member for member in FAMILIES.get(name, [name]) if member not in chosen]
    if not chosen:
        raise InputError(f"no engine named; there are: {', '.join([*HOMES, *FAMILIES])}")
    return chosen


def create(name: str) -> Peer:
    """Make an engine, with no index yet."""
    peer: Peer = _class(name)(**HOMES[name][1])
    return peer


def stands(name: str) -> bool:
    """Tell whether an engine's index stands on disk, see `Standing`."""
    return issubclass(_class(name), Standing)


def missing(name: str) -> str | None:
    """Say why an engine cannot be measured here, in one line; None if it can."""
    peer = _class(name)
    if peer.imports is None or importlib.util.find_spec(peer.imports) is not None:
        return None
    return f"not installed (pip install {peer.requires})"


def split(names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Part engines into those that can be measured and the others, each with the reason."""
    reasons = {name: reason for name in names if (reason := missing(name))}
    return [name for name in names if name not in reasons], reasons


def _class(name: str) -> type[Peer]:
    module, _, attribute = HOMES[name][0].partition(":")
    found: type[Peer] = getattr(importlib.import_module(module), attribute)
    return found
