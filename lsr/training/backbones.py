"""Backbones by name: language models of transformers, with a trained vocabulary head or a fresh one."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from lsr.encoders import formats, language_models
from lsr.encoders.finding import canonical, find, fingerprint
from lsr.encoders.layouts import Base
from lsr.encoders.reading import Reading
from lsr.training import lora
from lsr.training.recipe import Model
from lsr_index.errors import ModelError

if TYPE_CHECKING:
    from peft import PeftModel

ATTENTION = None if torch.cuda.is_available() else "eager"
"""On a CPU the backward pass of fused attention takes six times as long as that of two matrix products."""


@dataclass(frozen=True)
class Backbone:
    """A network in training, its tokenizer and where it came from."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    folder: Path
    fresh: tuple[str, ...]
    """Parameters that the folder does not hold and that start at random."""
    base: Base
    """What it is now, for adapters to refer to."""
    adapters: "PeftModel | None" = None
    """The same model with adapters in it."""


def load(name: str, settings: Model) -> Backbone:
    """Load a masked or causal language model in float32; a sentence encoder without a vocabulary head gets a fresh one.

    Args:
        name: A catalogue name, a folder or a hub id; of an encoder, what reads its documents is taken.
        settings: How it reads, its dropout, and what adapters it gets.

    Raises:
        ModelError: if there is no such model, it is of another kind, or more than its head is missing.
    """
    folder = formats.language_model(find(name))
    model, fresh = language_models.load(folder, name, attention=ATTENTION, dropout=settings.dropout)
    Reading(settings.attention, settings.echo).prepare(model)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
    except Exception as error:  # tokenizers and transformers each raise their own
        raise ModelError(f"cannot load the tokenizer of {name}: {str(error).splitlines()[0]}") from error
    adapters = None
    if settings.lora is not None:
        if fresh and settings.head == "mlm":
            raise ModelError(f"{name} has no trained vocabulary head, and adapters do not train one; leave lora out")
        adapters = lora.attach(model, settings.lora, name)
    output = cast("nn.Linear", model.get_output_embeddings())  # type: ignore[no-untyped-call]
    if settings.output_bias and output.bias is None:
        output.bias = nn.Parameter(torch.zeros(output.weight.shape[0]))
    if output.bias is not None:
        output.bias.requires_grad_(True)
    return Backbone(model, tokenizer, folder, fresh, Base(canonical(name), fingerprint(folder)), adapters)
