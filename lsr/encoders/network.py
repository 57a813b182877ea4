"""Networks that turn tokens into sparse rows: a masked language model, pooling over tokens, activation."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from lsr.encoders import masked_lm
from lsr.encoders.batching import plan
from lsr.encoders.capabilities import dtype_of, readable_length
from lsr.encoders.pooling import Pooling, Row

SMALL_BATCH = 64  # tokens up to which one thread is at least as fast as all


class Network:
    """A loaded network; any number of sides may read with it.

    Args:
        folder: The model's files.
        name: As the user named it.
        pooling: `max` or `sum` over tokens.
        activation: `relu` for log1p(relu), `log1p_relu` for log1p(log1p(relu)).
        top_k: Keep the heaviest terms of each text; None keeps all.
        device: torch device; by default a GPU if there is one.
        dtype: `float32`, `bfloat16`, or `auto`: bfloat16 where the processor multiplies it, or on a GPU.
        token_budget: Padded tokens in a batch.

    Raises:
        ModelError: if the model cannot be loaded or a setting is impossible.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        pooling: str = "max",
        activation: str = "relu",
        top_k: int | None = None,
        device: str | None = None,
        dtype: str = "auto",
        token_budget: int = 2048,
    ) -> None:
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._dtype = dtype_of(dtype, self._device)
        self._token_budget = token_budget
        parts = masked_lm.load(folder, name, self._dtype, self._device)
        self._body = parts.body
        self.pool = Pooling(parts.weight, parts.bias, parts.terms, pooling=pooling, activation=activation, top_k=top_k)
        """The vocabulary head; its buffers serve one call at a time."""
        self.vocabulary_size = parts.vocabulary_size
        self._config = parts.config
        self._lock = threading.Lock()

    def readable(self, wanted: int) -> int:
        """Return how many tokens of a text it reads where `wanted` are asked for."""
        return readable_length(self._config, wanted)

    def rows(
        self, sequences: Sequence[list[int]], pad_id: int, done: Callable[[NDArray[np.int64]], None] = lambda _: None
    ) -> list[Row]:
        """Return the terms and weights of token sequences, none empty and none longer than it can read.

        Args:
            sequences: Token ids.
            pad_id: Fills batches up; it is never attended to.
            done: Called with the positions of the sequences just done.
        """
        found: list[Row] = [(np.empty(0, np.int32), np.empty(0, np.float32))] * len(sequences)
        lengths = np.array([len(ids) for ids in sequences], dtype=np.int64)
        for padded, members in plan(lengths, self._token_budget, int(lengths.max(initial=1))):
            with self._lock, _threads_for(padded * len(members)):
                encoded = self._batch([sequences[n] for n in members], padded, pad_id)
            for position, row in zip(members, encoded, strict=True):
                found[position] = row
            done(members)
        return found

    @torch.inference_mode()
    def _batch(self, batch: list[list[int]], padded: int, pad_id: int) -> list[Row]:
        ids = np.full((len(batch), padded), pad_id, dtype=np.int64)
        mask = np.zeros((len(batch), padded), dtype=np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        attention = torch.from_numpy(mask).to(self._device)
        with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=self._dtype == torch.bfloat16):
            states = self._body(input_ids=torch.from_numpy(ids).to(self._device), attention_mask=attention).logits
        return self.pool(states[attention.bool()].to(self._dtype), [len(tokens) for tokens in batch])


@contextmanager
def _threads_for(tokens: int) -> Iterator[None]:
    # A single query gains nothing from a second thread, and waits for it at every operation where other processes
    # keep the cores busy: 220 ms a query were seen instead of 14.
    before = torch.get_num_threads()
    if tokens > SMALL_BATCH or before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
