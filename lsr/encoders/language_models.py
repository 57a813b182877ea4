"""Language models of transformers, masked or causal as their configuration says, loaded quietly and in float32."""

from pathlib import Path
from typing import Any, cast

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM, PreTrainedModel
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
)
from transformers.utils import logging as transformers_logging

from lsr_index.errors import ModelError

HEAD = ("cls.", "lm_head.", "vocab_", "predictions.", "decoder.", "head.")
"""Names that the parameters of vocabulary heads begin with, in the model families of transformers."""


DROPOUTS = ("hidden_dropout_prob", "attention_probs_dropout_prob", "dropout", "attention_dropout", "embedding_dropout")
"""Names of dropout rates in the configurations of transformers."""


def load(
    folder: Path, name: str, *, attention: str | None = None, dropout: float | None = None
) -> tuple[PreTrainedModel, tuple[str, ...]]:
    """Load a language model; a family that has both forms is taken for masked.

    Args:
        folder: The model's files, weights of any precision.
        name: As the user named it.
        attention: transformers' name of how attention is computed; None leaves it to transformers.
        dropout: Of all layers; None keeps what the configuration has.

    Returns:
        The model with a vocabulary head, and the head's parameters that the folder does not hold: they are random.

    Raises:
        ModelError: if it is of another kind, its files are damaged, or more than its head is missing.
    """
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    verbosity = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        config = AutoConfig.from_pretrained(folder)
        for key in DROPOUTS if dropout is not None else ():
            if hasattr(config, key):
                setattr(config, key, dropout)
        loaded = _kind(config.model_type, name).from_pretrained(
            folder, config=config, dtype=torch.float32, attn_implementation=attention, output_loading_info=True
        )
    except ModelError:
        raise
    except Exception as error:  # safetensors, tokenizers and transformers each raise their own
        raise ModelError(f"cannot load {name} as a language model: {str(error).splitlines()[0]}") from error
    finally:
        transformers_logging.set_verbosity(verbosity)
    model, info = cast("tuple[PreTrainedModel, dict[str, Any]]", loaded)
    fresh = tuple(sorted(info["missing_keys"]))
    if lost := [key for key in fresh if not key.startswith(HEAD)]:
        raise ModelError(f"{name} lacks {len(lost)} weights besides a vocabulary head, the first is {lost[0]}")
    if model.get_output_embeddings() is None:  # type: ignore[no-untyped-call]
        raise ModelError(f"{name} has no head over a vocabulary; choose a masked or a causal language model")
    settings = model.config.get_text_config()
    settings.use_cache = False
    if getattr(settings, "final_logit_softcapping", None):
        settings.final_logit_softcapping = None  # a bound for sampling; term weights have their own saturation
    return model, fresh


def is_decoder(model: PreTrainedModel) -> bool:
    """Tell whether a loaded model is a causal language model."""
    return model.config.model_type not in MODEL_FOR_MASKED_LM_MAPPING_NAMES


def _kind(model_type: str, name: str) -> Any:
    if model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES:
        return AutoModelForMaskedLM
    if model_type in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        return AutoModelForCausalLM
    raise ModelError(
        f"{name} is a {model_type}, which transformers knows no vocabulary head for; "
        "choose a masked or a causal language model"
    )
