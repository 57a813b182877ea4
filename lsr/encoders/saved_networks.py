"""Networks as they were saved: a language model, and what its folder holds beside it."""

import warnings
from pathlib import Path
from typing import cast

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import PreTrainedModel

from lsr.encoders import formats, language_models
from lsr.encoders.finding import find, fingerprint
from lsr.encoders.layouts import Base, NetworkFiles
from lsr.encoders.own_layout import HEAD_FILE
from lsr.encoders.reading import Reading
from lsr_index.errors import MissingDependencyError, ModelError

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
    if files.base is None:
        model, fresh = language_models.load(files.folder, name)
    else:
        model, fresh = _adapted(files.folder, files.base, name)
    beside = _beside(files.folder)
    scalar = {key: beside.pop(key) for key in SCALAR if key in beside}
    if files.head == "scalar":
        if len(scalar) < len(SCALAR):
            raise ModelError(f"{name} should have a scalar head, but {files.folder / HEAD_FILE} holds none")
    elif fresh:
        raise ModelError(
            f"{name} has no trained vocabulary head ({fresh[0]} is missing); SPLADE needs one, train it first"
        )
    for key, tensor in beside.items():
        _put(model, key, tensor)
    Reading(files.attention, files.echo).prepare(model)
    return model.eval(), scalar  # type: ignore[no-untyped-call]


def _adapted(folder: Path, base: Base, name: str) -> tuple[PreTrainedModel, tuple[str, ...]]:
    try:
        from peft import PeftModel
    except ModuleNotFoundError as error:
        raise MissingDependencyError(f"{name} holds adapters, to read them: pip install 'lsr[train]'") from error
    place = formats.language_model(find(base.name))
    if fingerprint(place) != base.revision:
        raise ModelError(f"{name} holds adapters of {base.name}, whose files have changed since; restore them")
    model, fresh = language_models.load(place, base.name)
    try:
        with warnings.catch_warnings():  # peft asks transformers by names that are going
            warnings.simplefilter("ignore", FutureWarning)
            adapted = PeftModel.from_pretrained(model, str(folder))
    except Exception as error:  # peft, safetensors and torch each raise their own
        raise ModelError(f"cannot load the adapters of {name}: {str(error).splitlines()[0]}") from error
    return cast("PreTrainedModel", adapted.merge_and_unload()), fresh


def _put(model: PreTrainedModel, name: str, tensor: Tensor) -> None:
    path, _, attribute = name.rpartition(".")
    module = model.get_submodule(path)
    there = getattr(module, attribute)
    if there is None:  # a bias that the family's heads do not have
        setattr(module, attribute, nn.Parameter(tensor))
    else:
        there.data.copy_(tensor)


def _beside(folder: Path) -> dict[str, Tensor]:
    file = folder / HEAD_FILE
    if not file.is_file():
        return {}
    try:
        found: dict[str, Tensor] = load_file(file)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{file} is damaged: {error}") from error
    return {key: tensor.float() if tensor.is_floating_point() else tensor for key, tensor in found.items()}
