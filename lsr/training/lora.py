"""Low-rank adapters (Hu et al., arXiv:2106.09685) through peft: small matrices are trained, the backbone is not."""

import copy
import warnings
from typing import TYPE_CHECKING, cast

from transformers import PreTrainedModel

from lsr.training.recipe import Lora
from lsr_index.errors import MissingDependencyError, ModelError

if TYPE_CHECKING:
    from peft import PeftModel


def attach(model: PreTrainedModel, settings: Lora, name: str) -> "PeftModel":
    """Put adapters into a model's linear layers, in place, and freeze everything else.

    Args:
        model: The backbone.
        settings: Rank, scale, dropout and which layers.
        name: The backbone as the user named it.

    Raises:
        ModelError: if it has no such layers.
    """
    try:
        from peft import LoraConfig, get_peft_model
    except ModuleNotFoundError as error:
        raise MissingDependencyError("lora needs peft: pip install 'lsr[train]'") from error
    config = LoraConfig(
        r=settings.r, lora_alpha=settings.alpha, lora_dropout=settings.dropout, target_modules=settings.targets
    )
    try:
        with warnings.catch_warnings():  # peft asks transformers by names that are going
            warnings.simplefilter("ignore", FutureWarning)
            return cast("PeftModel", get_peft_model(model, config))
    except ValueError as error:
        raise ModelError(f"lora does not fit {name}: {str(error).splitlines()[0]}") from error


def merged(adapted: "PeftModel") -> PreTrainedModel:
    """Return a copy of the model with its adapters added to its weights."""
    return cast("PreTrainedModel", copy.deepcopy(adapted).merge_and_unload())
