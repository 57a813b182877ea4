"""Cross-encoders: a transformer that reads a query and a document together and says how well they fit."""

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Encoding
from torch import nn
from transformers import AutoModelForSequenceClassification
from transformers.utils import logging as transformers_logging

from lsr.encoders import memory
from lsr.encoders.base import Progress
from lsr.encoders.batching import plan
from lsr.encoders.capabilities import dtype_of, readable_length
from lsr.encoders.finding import fingerprint
from lsr.encoders.tokenization import TextTokenizer
from lsr_index.errors import ModelError

WINDOW = 2048  # pairs that are sorted by length at a time


class CrossEncoder:
    """A sequence classifier of one score a pair.

    Args:
        folder: The model's files.
        name: As the user named it.
        max_length: Tokens of a pair that are read; the longer text is cut first.
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
        max_length: int = 512,
        device: str | None = None,
        dtype: str = "auto",
        token_budget: int = 4096,
    ) -> None:
        self.name = name
        self.revision = fingerprint(folder)
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.dtype = dtype_of(dtype, self.device)
        self.token_budget = token_budget
        self._model = _load(folder, name).to(self.device).eval()
        self.max_length = readable_length(cast("Any", self._model.config), max_length)
        self._tokenizer = TextTokenizer.from_folder(folder, self.max_length)
        self._takes_types = "token_type_ids" in inspect.signature(self._model.forward).parameters

    def score(self, pairs: Sequence[tuple[str, str]], *, progress: Progress | None = None) -> NDArray[np.float32]:
        """Return float32[n], the model's raw output for each `(query, document)`."""
        scores = np.empty(len(pairs), dtype=np.float32)
        for start in range(0, len(pairs), WINDOW):
            encodings = self._tokenizer.encode_pairs(pairs[start : start + WINDOW])
            lengths = np.array([len(encoding.ids) for encoding in encodings], dtype=np.int64)
            for padded, members in plan(lengths, self.token_budget, self.max_length):
                scores[start + members] = self._score_batch([encodings[n] for n in members], padded)
                if progress:
                    progress(len(members))
            if len(pairs) > WINDOW // 8:
                memory.release()
        return scores

    @torch.inference_mode()
    def _score_batch(self, batch: list[Encoding], padded: int) -> NDArray[np.float32]:
        inputs = np.zeros((3, len(batch), padded), dtype=np.int64)
        inputs[0] = self._tokenizer.pad_id
        for row, encoding in enumerate(batch):
            length = len(encoding.ids)
            inputs[:, row, :length] = encoding.ids, encoding.attention_mask, encoding.type_ids
        ids, attention, types = torch.from_numpy(inputs).to(self.device)
        more = {"token_type_ids": types} if self._takes_types else {}
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.dtype == torch.bfloat16):
            logits = self._model(input_ids=ids, attention_mask=attention, **more).logits
        scores: NDArray[np.float32] = logits[:, 0].float().cpu().numpy()
        return scores


def _load(folder: Path, name: str) -> nn.Module:
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    verbosity = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        loaded = AutoModelForSequenceClassification.from_pretrained(
            folder, dtype=torch.float32, output_loading_info=True
        )
    except Exception as error:  # safetensors, tokenizers and transformers each raise their own
        raise ModelError(f"cannot load {name} as a cross-encoder: {str(error).splitlines()[0]}") from error
    finally:
        transformers_logging.set_verbosity(verbosity)
    model, info = cast("tuple[nn.Module, dict[str, Any]]", loaded)
    missing, outputs = sorted(info["missing_keys"]), cast("Any", model.config).num_labels
    if missing or outputs != 1:
        reason = f"{missing[0]} is missing" if missing else f"it has {outputs} outputs, not 1"
        raise ModelError(f"{name} is no cross-encoder: {reason}; train it to score pairs first")
    return model
