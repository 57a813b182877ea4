"""Masked language models of transformers, taken apart for pooling: token states, and the output embedding."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import AutoModelForMaskedLM, PretrainedConfig
from transformers.utils import logging as transformers_logging

from lsr_index.errors import ModelError

DEAD = -1e4
"""A term with an output bias of at most this can never be emitted: no logit is as large. float16 can hold it."""


@dataclass(frozen=True)
class Parts:
    """A masked language model that ends in token states, and the output embedding that was cut off it."""

    body: nn.Module
    """Its `logits` are token states, shape (B, L, d)."""
    weight: Tensor
    """Output embedding of the terms that can be emitted, shape (terms, d)."""
    bias: Tensor | None
    """Shape (terms,)."""
    terms: NDArray[np.int32]
    """The term id of each row of `weight`, ascending."""
    config: PretrainedConfig
    vocabulary_size: int


def load(folder: Path, name: str, dtype: torch.dtype, device: torch.device) -> Parts:
    """Load a model in evaluation mode and take it apart.

    Rows of dead terms are dropped: the vectors stay the same and fewer products are made.

    Args:
        folder: The model's files, weights of any precision.
        name: As the user named it.
        dtype: Of the output embedding; the body stays float32.
        device: Where it computes.

    Raises:
        ModelError: if it is no masked language model or has no trained head.
    """
    model = _load(folder, name).to(device).eval()
    decoder = model.get_output_embeddings()  # type: ignore[operator]
    path = next(path for path, module in model.named_modules() if module is decoder)
    parent, _, attribute = path.rpartition(".")
    setattr(model.get_submodule(parent), attribute, _Captured())
    weight, bias = decoder.weight.detach(), getattr(decoder, "bias", None)
    size = weight.shape[0]
    terms = np.arange(size, dtype=np.int32)
    if bias is not None:
        bias = bias.detach()
        alive = torch.nonzero(bias > DEAD).squeeze(1)
        if len(alive) < size:
            weight, bias, terms = weight[alive], bias[alive], alive.cpu().numpy().astype(np.int32)
        bias = bias.to(dtype)
    return Parts(model, weight.to(dtype), bias, terms, cast("PretrainedConfig", model.config), size)


class _Captured(nn.Module):
    """Stands where the output embedding was and lets the transformed token states through."""

    def forward(self, states: Tensor) -> Tensor:
        return states


def _load(folder: Path, name: str) -> nn.Module:
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
