"""Dense sentence encoders: what teachers of sparse models usually are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import AutoModel
from transformers.utils import logging as transformers_logging

from lsr.encoders import dense_formats, memory
from lsr.encoders.base import Progress
from lsr.encoders.batching import plan
from lsr.encoders.capabilities import dtype_of, readable_length
from lsr.encoders.finding import fingerprint
from lsr.encoders.tokenization import TextTokenizer
from lsr_index.errors import ModelError

Side = Literal["query", "document"]
DEFAULT_LENGTH = 256
WINDOW = 2048  # texts that are sorted by length at a time


class DenseEncoder:
    """A transformer whose token states are pooled into one vector a text, as sentence-transformers does it.

    Args:
        folder: A folder of sentence-transformers with mean or CLS pooling, or a bare model of transformers.
        name: As the user named it.
        max_length: Tokens of a text that are read, special ones included; by default what the folder says.
        device: torch device; by default a GPU if there is one.
        dtype: `float32`, `bfloat16`, or `auto`: bfloat16 where the processor multiplies it, or on a GPU.
        token_budget: Padded tokens in a batch.

    Raises:
        ModelError: if the folder holds no such model.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        max_length: int | None = None,
        device: str | None = None,
        dtype: str = "auto",
        token_budget: int = 2048,
    ) -> None:
        layout = dense_formats.read(folder)
        self.name = name
        self.revision = fingerprint(folder)
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.dtype = dtype_of(dtype, self.device)
        self.token_budget = token_budget
        self._layout = layout
        self._model = _load(layout.transformer, name).to(self.device).eval()
        length = readable_length(cast("Any", self._model.config), max_length or layout.max_length or DEFAULT_LENGTH)
        self.tokenizer = TextTokenizer.from_folder(layout.transformer, length)

    @property
    def max_length(self) -> int:
        """Tokens of a text that are read."""
        return self.tokenizer.max_length

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(cast("Any", self._model.config).hidden_size)

    @property
    def normalized(self) -> bool:
        """Whether vectors have length one, so that inner products are cosines."""
        return self._layout.normalize

    def encode(
        self, texts: Sequence[str], *, side: Side = "document", progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """Return one vector a text, float32[n, d]; an empty text gives zeros.

        Args:
            texts: Anything.
            side: Whose prompt is put before them, where the model has prompts.
            progress: Called with the number of texts done since the last call.
        """
        prompt = self._layout.query_prompt if side == "query" else self._layout.document_prompt
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(texts), WINDOW):
            window = texts[start : start + WINDOW]
            self._encode_window(window, prompt, vectors[start : start + len(window)], progress)
            if len(texts) > WINDOW // 8:
                memory.release()
        return vectors

    def _encode_window(
        self, texts: Sequence[str], prompt: str, vectors: NDArray[np.float32], progress: Progress | None
    ) -> None:
        windows = self.tokenizer.windows(texts, prompt)
        lengths = np.array([len(tokens) for tokens in windows.sequences], dtype=np.int64)
        owners = windows.owners
        for padded, members in plan(lengths, self.token_budget, self.max_length):
            vectors[owners[members]] = self._encode_batch([windows.sequences[n] for n in members], padded)
            if progress:
                progress(len(members))
        if progress and len(owners) < len(texts):
            progress(len(texts) - len(owners))

    @torch.inference_mode()
    def _encode_batch(self, batch: list[list[int]], padded: int) -> NDArray[np.float32]:
        ids = np.full((len(batch), padded), self.tokenizer.pad_id, dtype=np.int64)
        mask = np.zeros((len(batch), padded), dtype=np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        attention = torch.from_numpy(mask).to(self.device)
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.dtype == torch.bfloat16):
            inputs = torch.from_numpy(ids).to(self.device)
            states = self._model(input_ids=inputs, attention_mask=attention).last_hidden_state
        return self._pool(states.float(), attention).cpu().numpy()

    def _pool(self, states: Tensor, attention: Tensor) -> Tensor:
        if self._layout.pooling == "cls":
            pooled = states[:, 0]
        else:
            weights = attention[:, :, None].to(states.dtype)
            pooled = (states * weights).sum(1) / weights.sum(1)
        return nn.functional.normalize(pooled, dim=1) if self._layout.normalize else pooled


def _load(folder: Path, name: str) -> nn.Module:
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    verbosity = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        model: nn.Module = AutoModel.from_pretrained(folder, dtype=torch.float32)
    except Exception as error:  # safetensors, tokenizers and transformers each raise their own
        raise ModelError(f"cannot load {name}: {str(error).splitlines()[0]}") from error
    finally:
        transformers_logging.set_verbosity(verbosity)
    return model
