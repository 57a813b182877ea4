"""Write a model in the folder layout of our own; see `lsr.encoders.own_layout`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import save_file as save_tensors
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from lsr.encoders.appearing import appearing
from lsr.encoders.layouts import Base
from lsr.encoders.own_layout import DOCUMENT, FILE, FORMAT, HEAD_FILE, QUERY, TABLE_FILE
from lsr.encoders.saving import write_json, write_model, write_tokenizer

if TYPE_CHECKING:
    from peft import PeftModel


@dataclass(frozen=True)
class Network:
    """A network to be saved.

    Args:
        model: The backbone, with its vocabulary head where that is used.
        beside: What goes to HEAD_FILE, by name.
        adapters: What is saved of the model, if not all of it, in peft's form.
        base: The model that adapters belong to.
    """

    model: PreTrainedModel
    beside: Mapping[str, Tensor] = field(default_factory=dict)
    adapters: "PeftModel | None" = None
    base: Base | None = None


Query: TypeAlias = "Literal['same'] | Network | NDArray[np.float32]"
"""The query side: the document's network, another one, or float32[V] weights of terms."""


def save(
    folder: Path,
    *,
    document: Network,
    query: Query,
    tokenizer: PreTrainedTokenizerBase,
    head: Mapping[str, Any],
    max_length: Mapping[str, int],
    prompts: Mapping[str, str] | None = None,
    corpus_idf: float = 0.0,
    query_tf: bool = False,
    half: bool = False,
    card: str | None = None,
    overwrite: bool = False,
) -> None:
    """Write a model's folder, complete or not at all.

    Args:
        folder: Where the model will stand.
        document: The document side.
        query: The query side.
        tokenizer: Of both sides.
        head: Values of the keys in HEAD.
        max_length: Tokens that are read of a `query` and of a `document`, special ones included.
        prompts: Texts put before a `query` and a `document`.
        corpus_idf: Share of an indexed corpus's own idf in the weights of a table.
        query_tf: Let a table's weights count 1 + ln(tf) times in an index.
        half: Keep the networks' weights in float16.
        card: Contents of README.md.
        overwrite: Replace a model that stands there.

    Raises:
        IndexExistsError: if something stands at `folder`, or with `overwrite` something that is no model.
        ModelError: if a weight does not fit into float16, or the folder cannot be written.
    """
    content: dict[str, Any] = {"format": FORMAT, **head, "max_length": dict(max_length), "prompts": dict(prompts or {})}
    if corpus_idf:
        content["corpus_idf"] = corpus_idf
    if query_tf:
        content["query_tf"] = True
    with appearing(folder, overwrite=overwrite) as place:
        content["document"] = _network(place / DOCUMENT, document, tokenizer, max_length["document"], half)
        content["query"] = {"kind": "same"}
        if isinstance(query, Network):
            found = _network(place / QUERY, query, tokenizer, max_length["query"], half)
            content["query"] = {"kind": "network", **found}
        elif not isinstance(query, str):
            content["query"] = {"kind": "table"}
            (place / QUERY).mkdir()
            # Always in full: the table is small, and every query's scores hang on it.
            save_arrays({"weight": np.maximum(query, 0).astype(np.float32)}, place / QUERY / TABLE_FILE)
            write_tokenizer(place / QUERY, tokenizer, max_length["query"])
        if card is not None:
            (place / "README.md").write_text(card, encoding="utf-8")
        write_json(place / FILE, content)


def _network(
    folder: Path, network: Network, tokenizer: PreTrainedTokenizerBase, length: int, half: bool
) -> dict[str, Any]:
    if network.adapters is not None:
        assert network.base is not None
        network.adapters.peft_config["default"].base_model_name_or_path = network.base.name
        network.adapters.save_pretrained(str(folder), save_embedding_layers=False)
        (folder / "README.md").unlink(missing_ok=True)  # of peft, and empty
    else:
        write_model(folder, network.model, network.model.state_dict(), half)
    write_tokenizer(folder, tokenizer, length)
    if network.beside:
        # In full: it is small.
        tensors = {name: tensor.detach().contiguous() for name, tensor in network.beside.items()}
        save_tensors(tensors, folder / HEAD_FILE)
    return {} if network.base is None else {"base": asdict(network.base)}
