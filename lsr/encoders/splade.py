"""SPLADE: a masked language model, max pooling and log1p(relu)."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor, nn
from transformers import AutoModelForMaskedLM, PretrainedConfig
from transformers.utils import logging as transformers_logging

from lsr.encoders import memory
from lsr.encoders.activations import ACTIVATIONS
from lsr.encoders.base import Progress, SparseEncoder
from lsr.encoders.batching import plan
from lsr.encoders.capabilities import dtype_of, readable_length
from lsr.encoders.head import Buffers, max_products
from lsr.encoders.tokenization import TextTokenizer
from lsr_index.errors import ModelError
from lsr_index.vectors import from_rows
from lsr_index.vocabulary import Vocabulary

WINDOW = 2048  # texts that are sorted by length at a time
SMALL_BATCH = 64  # tokens up to which one thread is at least as fast as all


class SpladeEncoder(SparseEncoder):
    """A SPLADE model on any masked language model of transformers; queries and documents are encoded alike.

    Args:
        folder: The model's files.
        name: As the user named it.
        revision: Fingerprint of the files.
        max_length: Tokens of a text that are read, special ones included; cut to what the model can read.
        top_k: Keep the heaviest terms of each text; None keeps all.
        activation: `relu` for log1p(relu), `log1p_relu` for log1p(log1p(relu)) (arXiv:2504.14839).
        prompts: Texts put before queries and documents: `{"query": …, "document": …}`.
        device: torch device; by default a GPU if there is one.
        dtype: `float32`, `bfloat16`, or `auto`: bfloat16 where the processor has AMX tiles, or on a GPU.
        token_budget: Padded tokens in a batch.
    """

    kind = "splade"

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        revision: str,
        max_length: int = 256,
        top_k: int | None = None,
        activation: str = "relu",
        prompts: dict[str, str] | None = None,
        device: str | None = None,
        dtype: str = "auto",
        token_budget: int = 2048,
    ) -> None:
        if max_length < 3:
            raise ModelError(f"max_length is {max_length}; a text needs at least 3 tokens: its ends and one between")
        self.name = name
        self.revision = revision
        self.top_k = top_k
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.dtype = dtype_of(dtype, self.device)
        self.token_budget = token_budget
        self.prompts = prompts or {}
        if activation not in ACTIVATIONS:
            raise ModelError(f"{name} has the activation {activation!r}; known are {', '.join(ACTIVATIONS)}")
        self._activation = activation
        model = _load_model(folder, name)
        length = readable_length(cast("PretrainedConfig", model.config), max_length)
        self.tokenizer = TextTokenizer.from_folder(folder, length)
        self._model, self._weight, self._bias = _split(model, self.dtype, self.device)
        self._vocabulary = self.tokenizer.vocabulary(self._weight.shape[0])
        self._buffers = Buffers()
        self._lock = threading.Lock()  # the buffers serve one call at a time

    @property
    def vocabulary(self) -> Vocabulary:
        """The tokenizer's tokens."""
        return self._vocabulary

    @property
    def max_length(self) -> int:
        """Tokens of a text that are read."""
        return self.tokenizer.max_length

    def encode_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> csr_array:
        """Encode documents."""
        return self._encode(texts, self.prompts.get("document", ""), progress)

    def encode_queries(self, texts: Sequence[str], *, progress: Progress | None = None) -> csr_array:
        """Encode queries."""
        return self._encode(texts, self.prompts.get("query", ""), progress)

    def record(self) -> dict[str, Any]:
        """Describe this encoder for the manifest."""
        settings = {"max_length": self.max_length, "top_k": self.top_k}
        return {"kind": self.kind, "model": self.name, "revision": self.revision, "settings": settings}

    def _encode(self, texts: Sequence[str], prompt: str, progress: Progress | None) -> csr_array:
        rows: list[tuple[np.ndarray, np.ndarray]] = []
        for start in range(0, len(texts), WINDOW):
            rows += self._encode_window(texts[start : start + WINDOW], prompt, progress)
            if len(texts) > WINDOW // 8:
                memory.release()
        return from_rows(rows, len(self.vocabulary))

    def _encode_window(
        self, texts: Sequence[str], prompt: str, progress: Progress | None
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        tokens = self.tokenizer.encode(texts, prompt)
        rows = [(np.empty(0, np.int32), np.empty(0, np.float32))] * len(texts)
        filled = np.flatnonzero([ids is not None for ids in tokens])
        lengths = np.array([len(cast("list[int]", tokens[n])) for n in filled], dtype=np.int64)
        for padded, members in plan(lengths, self.token_budget, self.max_length):
            positions = filled[members]
            with self._lock, _threads_for(padded * len(positions)):
                encoded = self._encode_batch([cast("list[int]", tokens[n]) for n in positions], padded)
            for position, row in zip(positions, encoded, strict=True):
                rows[position] = row
            if progress:
                progress(len(positions))
        if progress and len(filled) < len(texts):
            progress(len(texts) - len(filled))
        return rows

    @torch.inference_mode()
    def _encode_batch(self, batch: list[list[int]], padded: int) -> list[tuple[np.ndarray, np.ndarray]]:
        ids = np.full((len(batch), padded), self.tokenizer.pad_id, dtype=np.int64)
        mask = np.zeros((len(batch), padded), dtype=np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        attention = torch.from_numpy(mask).to(self.device)
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.dtype == torch.bfloat16):
            states = self._model(input_ids=torch.from_numpy(ids).to(self.device), attention_mask=attention).logits
        pooled = max_products(
            states[attention.bool()].to(self.dtype), [len(tokens) for tokens in batch], self._weight, self._buffers
        )
        return self._sparse_rows(pooled if self._bias is None else pooled.add_(self._bias))

    def _sparse_rows(self, pooled: Tensor) -> list[tuple[np.ndarray, np.ndarray]]:
        if self.top_k and self.top_k < pooled.shape[1]:
            kept, columns = pooled.topk(self.top_k, dim=1)
            pooled = torch.zeros_like(pooled).scatter_(1, columns, kept.clamp_(min=0))
        rows, terms = torch.nonzero(pooled > 0, as_tuple=True)
        weights = ACTIVATIONS[self._activation].saturate(pooled[rows, terms].float()).cpu().numpy()
        ends = np.cumsum(np.bincount(rows.cpu().numpy(), minlength=pooled.shape[0]))[:-1]
        return list(zip(np.split(terms.cpu().numpy().astype(np.int32), ends), np.split(weights, ends), strict=True))


class _Captured(nn.Module):
    """Stands where the output embedding was and lets the transformed token states through."""

    def forward(self, states: Tensor) -> Tensor:
        return states


def _load_model(folder: Path, name: str) -> nn.Module:
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    verbosity = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        loaded = AutoModelForMaskedLM.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    except Exception as error:  # safetensors, tokenizers and transformers each raise their own
        raise ModelError(f"cannot load {name} as a masked language model: {str(error).splitlines()[0]}") from error
    finally:
        transformers_logging.set_verbosity(verbosity)
    model, info = cast("tuple[nn.Module, dict[str, Any]]", loaded)
    missing = sorted(info["missing_keys"])
    if missing:
        raise ModelError(
            f"{name} has no trained masked-language-model head ({missing[0]} is missing); "
            "SPLADE needs one, train it first"
        )
    return model


def _split(model: nn.Module, dtype: torch.dtype, device: torch.device) -> tuple[nn.Module, Tensor, Tensor | None]:
    """Cut the output embedding off a masked language model: (module that ends in token states, pooling head)."""
    model = model.to(device).eval()
    decoder = model.get_output_embeddings()  # type: ignore[operator]
    path = next(path for path, module in model.named_modules() if module is decoder)
    weight, bias = decoder.weight.detach().to(dtype), getattr(decoder, "bias", None)
    parent, _, attribute = path.rpartition(".")
    setattr(model.get_submodule(parent), attribute, _Captured())
    return model, weight, None if bias is None else bias.detach().to(dtype)


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
