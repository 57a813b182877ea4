"""Backbones by name: language models of transformers, with a trained vocabulary head or a fresh one."""

from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from lsr.encoders import language_models
from lsr.encoders.finding import find
from lsr.encoders.reading import Reading
from lsr_index.errors import ModelError

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


def load(name: str, reading: Reading, *, dropout: float | None = None) -> Backbone:
    """Load a masked or causal language model in float32; a sentence encoder without a vocabulary head gets a fresh one.

    Args:
        name: A catalogue name, a folder or a hub id.
        reading: How it is going to read texts.
        dropout: Of all its layers; None keeps what its configuration has.

    Raises:
        ModelError: if there is no such model, it is of another kind, or more than its head is missing.
    """
    folder = find(name)
    model, fresh = language_models.load(folder, name, attention=ATTENTION, dropout=dropout)
    reading.prepare(model)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
    except Exception as error:  # tokenizers and transformers each raise their own
        raise ModelError(f"cannot load the tokenizer of {name}: {str(error).splitlines()[0]}") from error
    return Backbone(model, tokenizer, folder, fresh)
