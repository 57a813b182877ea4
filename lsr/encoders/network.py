"""Networks that turn tokens into sparse rows: a language model, pooling over tokens, activation."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lsr.encoders import saved_networks
from lsr.encoders.batching import plan
from lsr.encoders.capabilities import dtype_of, readable_length
from lsr.encoders.layouts import NetworkFiles
from lsr.encoders.pooling import Pooling, Row
from lsr.encoders.reading import Reading
from lsr.encoders.scalar_head import ScalarPooling
from lsr.encoders.tokenization import TextTokenizer
from lsr.encoders.vocabulary_head import take_apart

Weigh = Callable[[Tensor, list[int], Tensor], list[Row]]
"""From states, texts' lengths and tokens to term weights."""
SMALL_BATCH = 64  # tokens up to which one thread is at least as fast as all


class Network:
    """A loaded network; any number of sides may read with it.

    Args:
        files: The model's files and how it is set.
        name: As the user named it.
        top_k: Keep the heaviest terms of each text; None keeps all.
        device: torch device; by default a GPU if there is one.
        dtype: `float32`, `bfloat16`, or `auto`: bfloat16 where the processor multiplies it, or on a GPU.
        token_budget: Padded tokens in a batch.

    Raises:
        ModelError: if the model cannot be loaded or a setting is impossible.
    """

    def __init__(
        self,
        files: NetworkFiles,
        *,
        name: str,
        top_k: int | None = None,
        device: str | None = None,
        dtype: str = "auto",
        token_budget: int = 2048,
    ) -> None:
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._dtype = dtype_of(dtype, self._device)
        self._token_budget = token_budget
        model, scalar = saved_networks.load(files, name)
        cast("nn.Module", model).to(self._device)
        self._config = model.config
        self._read = Reading(files.attention, files.echo)
        self.pool: Pooling | None = None
        """The vocabulary head, if it has one; its buffers serve one call at a time."""
        size = int(model.get_output_embeddings().weight.shape[0])  # type: ignore[no-untyped-call]
        folding = TextTokenizer.from_folder(files.folder, 16, fold=True).folding if files.fold else None
        groups = None if folding is None else folding.groups(size)
        self.vocabulary_size = size if groups is None else int(groups.max()) + 1
        if scalar:
            self._body: nn.Module = model.base_model
            weight, bias, silent = (scalar[name].to(self._device) for name in saved_networks.SCALAR)
            self._weigh: Weigh = ScalarPooling(weight, bias, silent, self.vocabulary_size, top_k, groups)
        else:
            parts = take_apart(model, self._dtype)
            self._body = parts.body
            pool = self.pool = Pooling(
                parts.weight,
                parts.bias,
                parts.terms,
                pooling=files.pooling,
                activation=files.activation,
                top_k=top_k,
                groups=groups,
            )
            self._weigh = lambda states, lengths, _: pool(states.to(self._dtype), lengths)
        if self._dtype == torch.bfloat16:
            _cast_products(self._body)
        self._lock = threading.Lock()  # the pooling's buffers serve one call at a time

    def readable(self, wanted: int) -> int:
        """Return how many tokens of a text it reads where `wanted` are asked for."""
        copies = self._read.copies
        return readable_length(self._config, wanted * copies) // copies

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
        for row, text in enumerate(batch):
            ids[row, : len(text)] = text
            mask[row, : len(text)] = 1
        attention = torch.from_numpy(mask).to(self._device)
        with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=self._dtype == torch.bfloat16):
            tokens = torch.from_numpy(ids).to(self._device)
            states = self._read(self._body, tokens, attention)
        return self._weigh(states, [len(text) for text in batch], tokens[attention.bool()])


def _cast_products(body: nn.Module) -> None:
    # What autocast would do to them in every batch again; the rest stays in float32, as it has it.
    for module in body.modules():
        if isinstance(module, nn.Linear):
            module.to(torch.bfloat16)


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
