"""Backbones by name: masked language models of transformers, with a trained vocabulary head or a fresh one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from transformers import AutoConfig, AutoModelForMaskedLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging

from lsr.encoders.loading import find
from lsr_index.errors import ModelError

HEAD = ("cls.", "lm_head.", "vocab_", "predictions.", "decoder.", "head.")
"""Names that the parameters of vocabulary heads begin with, in the model families of transformers."""

ATTENTION = "sdpa" if torch.cuda.is_available() else "eager"
"""On a CPU the backward pass of fused attention takes six times as long as that of two matrix products."""


@dataclass(frozen=True)
class Backbone:
    """A network in training, its tokenizer and where it came from."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    folder: Path
    fresh: tuple[str, ...]
    """Parameters that the folder does not hold and that start at random."""


DROPOUTS = ("hidden_dropout_prob", "attention_probs_dropout_prob", "dropout", "attention_dropout", "embedding_dropout")


def load_masked_lm(name: str, dropout: float | None = None) -> Backbone:
    """Load a masked language model in float32; a sentence encoder without a vocabulary head gets a fresh one.

    Args:
        name: A catalogue name, a folder or a hub id.
        dropout: Of all its layers; None keeps what its configuration has.

    Raises:
        ModelError: if there is no such model, it is of another kind, or more than its head is missing.
    """
    folder = find(name)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    verbosity = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        config = AutoConfig.from_pretrained(folder)
        if dropout is not None:
            for key in DROPOUTS:
                if hasattr(config, key):
                    setattr(config, key, dropout)
        loaded = AutoModelForMaskedLM.from_pretrained(
            folder, config=config, dtype=torch.float32, attn_implementation=ATTENTION, output_loading_info=True
        )
        tokenizer = AutoTokenizer.from_pretrained(folder)
    except Exception as error:  # safetensors, tokenizers and transformers each raise their own
        raise ModelError(f"cannot load {name} as a masked language model: {str(error).splitlines()[0]}") from error
    finally:
        transformers_logging.set_verbosity(verbosity)
    model, info = cast("tuple[PreTrainedModel, dict[str, Any]]", loaded)
    fresh = tuple(sorted(info["missing_keys"]))
    if lost := [key for key in fresh if not key.startswith(HEAD)]:
        raise ModelError(f"{name} lacks {len(lost)} weights besides a vocabulary head, the first is {lost[0]}")
    if model.get_output_embeddings() is None:
        raise ModelError(f"{name} has no head over a vocabulary; choose a masked language model")
    return Backbone(model, tokenizer, folder, fresh)
