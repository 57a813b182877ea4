"""What runs in an encoder's own process: the encoder stays loaded between calls."""

import gc
import time
import warnings
from collections.abc import Sequence

import torch
from scipy.sparse import csr_array

from lsr_eval.encode_bench.encoders import ENCODERS, Encoder
from lsr_eval.engine_bench import memory
from lsr_eval.side_by_side import Setting

_loaded: dict[str, Encoder] = {}


def prepare(name: str, setting: Setting) -> None:
    """Load an encoder; later calls are to it."""
    warnings.simplefilter("ignore")
    _loaded["encoder"] = ENCODERS[name](setting)


def encode(texts: Sequence[str]) -> csr_array:
    """Encode untimed: to warm up, and to compare."""
    return _loaded["encoder"].encode(texts)


def seconds(texts: Sequence[str]) -> float:
    """Return how long encoding takes."""
    gc.collect()
    started = time.perf_counter()
    _loaded["encoder"].encode(texts)
    return time.perf_counter() - started


def peak() -> int | None:
    """Return the most bytes that this process has held."""
    return memory.peak()


def head_growth(texts: int, length: int) -> int | None:
    """Return by how many bytes the process grows at most while the vocabulary head pools; None where unknown."""
    call = _loaded["encoder"].head(texts, length)
    small = torch.randn(8, 8)
    torch.mm(small, small)  # threads and their stacks exist
    memory.trim()
    before = memory.start_peak()
    if before is None:
        return None
    call()
    after = memory.peak()
    return None if after is None else max(0, after - before)
