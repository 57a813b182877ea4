"""Write a model as a folder that sentence-transformers' SparseEncoder (5.x and 6.x) and lsr both load.

    one network for both sides        query and document apart (or a table: query_0_SparseStaticEmbedding/)
    config.json, model.safetensors    query_0_MLMTransformer/, query_1_SpladePooling/
    tokenizer.json, …                 document_0_MLMTransformer/, document_1_SpladePooling/
    1_SpladePooling/                  router_config.json
    modules.json                      modules.json: a Router

Type names are those of 5.x, which 6.x still reads. Half-precision weights are declared float32 in config.json, so that
whoever loads them computes in float32: rounding is then all that was lost. A folder appears when it is complete.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from transformers import PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging

from lsr.encoders.appearing import appearing
from lsr.encoders.formats import LSR_SETTINGS, MODULES, SETTINGS
from lsr_index.errors import InputError, ModelError

MODELS = "sentence_transformers.sparse_encoder.models"
ROUTER = "sentence_transformers.models.Router"
Query: TypeAlias = "Literal['same'] | PreTrainedModel | NDArray[np.float32]"
"""The query side: the document's network, another one, or float32[V] weights of a query's own tokens."""


def save(
    folder: Path,
    *,
    backbone: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    pooling: str = "max",
    activation: str = "relu",
    max_length: Mapping[str, int],
    query: Query = "same",
    prompts: Mapping[str, str] | None = None,
    corpus_idf: float = 0.0,
    query_tf: bool = False,
    half: bool = False,
    card: str | None = None,
    overwrite: bool = False,
) -> None:
    """Write a model's folder, complete or not at all.

    Where one network serves both sides and reads fewer tokens of queries than of documents, only lsr knows: to
    sentence-transformers a network has one length, the documents'.

    Args:
        folder: Where the model will stand.
        backbone: Masked language model with its trained head: the document side.
        tokenizer: Of both sides.
        pooling: `max` or `sum` over tokens.
        activation: `relu` for log1p(relu), `log1p_relu` for log1p(log1p(relu)).
        max_length: Tokens that are read of a `query` and of a `document`, special ones included.
        query: The query side.
        prompts: Texts put before a `query` and a `document`.
        corpus_idf: Share of an indexed corpus's own idf in the weights of a table, which only lsr knows of.
        query_tf: Let a table's weights count 1 + ln(tf) times in an index, which again only lsr knows of.
        half: Keep weights in float16.
        card: Contents of README.md.
        overwrite: Replace a model that stands there.

    Raises:
        IndexExistsError: if something stands at `folder`, or with `overwrite` something that is no model.
        InputError: if a setting is unknown, or the table is not as long as the vocabulary.
        ModelError: if a weight does not fit into float16, or the folder cannot be written.
    """
    _check(pooling, activation, max_length, query, backbone)
    pool = {
        "pooling_strategy": pooling,
        "activation_function": activation,
        "word_embedding_dimension": backbone.config.vocab_size,
    }
    lengths = {side: int(max_length[side]) for side in ("query", "document")}
    with appearing(folder, overwrite=overwrite) as place:
        ours: dict[str, Any] = {}
        if isinstance(query, str) and lengths["query"] != lengths["document"]:
            ours["max_length"] = lengths
        ours |= {"corpus_idf": corpus_idf} if corpus_idf else {}
        ours |= {"query_tf": True} if query_tf else {}
        write_json(place / SETTINGS, _settings(prompts or {}, ours))
        if isinstance(query, str):
            _transformer(place, backbone, tokenizer, lengths["document"], half)
            write_json(place / "1_SpladePooling" / "config.json", pool)
            paths = {"": f"{MODELS}.MLMTransformer", "1_SpladePooling": f"{MODELS}.SpladePooling"}
            _modules(place, paths)
        else:
            _modules(place, {"": ROUTER})
            routes = {
                "query": _side(place, "query", query, tokenizer, lengths["query"], pool, half),
                "document": _side(place, "document", backbone, tokenizer, lengths["document"], pool, half),
            }
            router = {
                "types": {path: kind for modules in routes.values() for path, kind in modules.items()},
                "structure": {route: list(modules) for route, modules in routes.items()},
                "parameters": {"default_route": "document", "allow_empty_key": True},
            }
            write_json(place / "router_config.json", router)
        if card is not None:
            (place / "README.md").write_text(card, encoding="utf-8")


def _check(
    pooling: str, activation: str, max_length: Mapping[str, int], query: Query, backbone: PreTrainedModel
) -> None:
    if pooling not in ("max", "sum"):
        raise InputError(f"pooling is {pooling!r}; a saved model pools by max or sum")
    if activation not in ("relu", "log1p_relu"):
        raise InputError(f"activation is {activation!r}; a saved model has relu or log1p_relu")
    if missing := {"query", "document"} - set(max_length):
        raise InputError(f"max_length says nothing of the {min(missing)}; give both query and document")
    if isinstance(query, str) and query != "same":
        raise InputError(f"the query side is {query!r}; give 'same', a network or a table of weights")
    if isinstance(query, np.ndarray) and query.shape != (backbone.config.vocab_size,):
        raise InputError(f"the query table has shape {query.shape}, the vocabulary {backbone.config.vocab_size} terms")


def _side(
    place: Path,
    side: str,
    model: PreTrainedModel | NDArray[np.float32],
    tokenizer: PreTrainedTokenizerBase,
    length: int,
    pool: Mapping[str, Any],
    half: bool,
) -> dict[str, str]:
    """Write one route's modules and return their folders with their types."""
    if isinstance(model, np.ndarray):
        path = f"{side}_0_SparseStaticEmbedding"
        (place / path).mkdir()
        # Always in full: the table is small, and every query's scores hang on it.
        save_file({"weight": np.maximum(model, 0).astype(np.float32)}, place / path / "model.safetensors")
        write_json(place / path / "config.json", {"frozen": True})
        write_tokenizer(place / path, tokenizer, length)
        return {path: f"{MODELS}.SparseStaticEmbedding"}
    network, pooling = f"{side}_0_MLMTransformer", f"{side}_1_SpladePooling"
    _transformer(place / network, model, tokenizer, length, half)
    write_json(place / pooling / "config.json", pool)
    return {network: f"{MODELS}.MLMTransformer", pooling: f"{MODELS}.SpladePooling"}


def _transformer(
    folder: Path, backbone: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, length: int, half: bool
) -> None:
    write_model(folder, backbone, backbone.state_dict(), half)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": length, "do_lower_case": False})
    write_tokenizer(folder, tokenizer, length)


def write_model(folder: Path, model: PreTrainedModel, weights: Mapping[str, torch.Tensor], half: bool) -> None:
    """Write a model's configuration and its weights, in float16 if `half`."""
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    model.save_pretrained(folder, state_dict=_cast(weights, half))
    config = json.loads((folder / "config.json").read_text())
    config.pop("_name_or_path", None)
    write_json(folder / "config.json", {**config, "dtype": "float32"})


def _cast(weights: Mapping[str, torch.Tensor], half: bool) -> dict[str, torch.Tensor]:
    """Return float tensors as float16 or float32; what shares memory still does, so that it is written once."""
    dtype = torch.float16 if half else torch.float32
    done: dict[tuple[Any, ...], torch.Tensor] = {}
    cast = {}
    for name, tensor in weights.items():
        key = (tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype)
        if key not in done:
            done[key] = tensor.detach().to(dtype) if tensor.is_floating_point() else tensor
            if half and not torch.equal(done[key].isfinite(), tensor.isfinite()):
                raise ModelError(
                    f"{name} holds {tensor.abs().max().item():.3g}, which float16 cannot; save with half=False"
                )
        cast[name] = done[key]
    return cast


def write_tokenizer(folder: Path, tokenizer: PreTrainedTokenizerBase, length: int) -> None:
    """Write a tokenizer that cuts texts to `length` tokens."""
    tokenizer.save_pretrained(folder)
    file = folder / "tokenizer_config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    for local in ("is_local", "local_files_only", "name_or_path"):
        config.pop(local, None)
    write_json(file, {**config, "model_max_length": length})


def _settings(prompts: Mapping[str, str], ours: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "model_type": "SparseEncoder",
        "prompts": {side: prompts.get(side, "") for side in ("query", "document")},
        "default_prompt_name": None,
        "similarity_fn_name": "dot",
        **({LSR_SETTINGS: ours} if ours else {}),
    }


def _modules(place: Path, types: Mapping[str, str]) -> None:
    modules = [{"idx": n, "name": str(n), "path": path, "type": kind} for n, (path, kind) in enumerate(types.items())]
    write_json(place / MODULES, modules)


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file, and its folder if that is not there."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
