"""Networks as they were saved: a language model, and what its folder holds beside it."""

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from transformers import PreTrainedModel

from lsr.encoders import language_models
from lsr.encoders.layouts import NetworkFiles
from lsr.encoders.own_layout import HEAD_FILE
from lsr.encoders.reading import Reading
from lsr_index.errors import ModelError

SCALAR = ("scalar.weight", "scalar.bias", "scalar.silent")
"""Names in HEAD_FILE of a scalar head's w, shape (d,), its b, and int64 ids of terms that never weigh anything."""


def load(files: NetworkFiles, name: str) -> tuple[PreTrainedModel, dict[str, Tensor]]:
    """Load a network in evaluation mode.

    Args:
        files: Where it lies and how it is set.
        name: As the user named it.

    Returns:
        The language model, and a scalar head's weights by their names in SCALAR.

    Raises:
        ModelError: if something is missing or damaged, or a vocabulary head was never trained.
    """
    model, fresh = language_models.load(files.folder, name)
    beside = _beside(files.folder)
    scalar = {key: beside.pop(key) for key in SCALAR if key in beside}
    if files.head == "scalar":
        if len(scalar) < len(SCALAR):
            raise ModelError(f"{name} should have a scalar head, but {files.folder / HEAD_FILE} holds none")
    elif fresh:
        raise ModelError(
            f"{name} has no trained vocabulary head ({fresh[0]} is missing); SPLADE needs one, train it first"
        )
    Reading(files.attention, files.echo).prepare(model)
    return model.eval(), scalar


def _beside(folder: Path) -> dict[str, Tensor]:
    file = folder / HEAD_FILE
    if not file.is_file():
        return {}
    try:
        found: dict[str, Tensor] = load_file(file)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{file} is damaged: {error}") from error
    return {key: tensor.float() if tensor.is_floating_point() else tensor for key, tensor in found.items()}
