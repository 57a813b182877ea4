"""The folder layouts that sparse encoders are kept in, read into one description.

| layout | how it is told | what it means |
|---|---|---|
| bare | config.json, no modules.json | a masked language model: SPLADE with max pooling and log1p(relu) |
| sentence-transformers 5.x | modules.json: `…models.MLMTransformer`, `…SpladePooling` | the same, with settings |
| sentence-transformers 6.x | modules.json: `….Transformer` (fill-mask), `….SpladePooling` | the same, with settings |
| the same, inference-free | modules.json: `….Router`, and router_config.json | query: SparseStaticEmbedding |
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lsr_index.errors import ModelError

MODULES, SETTINGS = "modules.json", "config_sentence_transformers.json"
LSR_SETTINGS = "lsr"
"""The key in SETTINGS of what lsr alone knows."""


@dataclass(frozen=True)
class Layout:
    """Where the parts of a sparse encoder lie and how they are set."""

    transformer: Path
    """The folder of the masked language model."""
    activation: str = "relu"
    max_length: int | None = None
    prompts: dict[str, str] = field(default_factory=dict)
    static_query: Path | None = None
    """The folder of the query side's table, for inference-free models."""
    max_active: int | None = None


def read(folder: Path) -> Layout:
    """Recognise a folder's layout.

    Raises:
        ModelError: if it is none of those in this module's table.
    """
    if (folder / "modules.json").is_file():
        try:
            return _sentence_transformers(folder)
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise ModelError(f"{folder} has a malformed modules.json or configuration ({error!r})") from error
    if (folder / "config.json").is_file():
        return Layout(folder)
    raise ModelError(f"{folder} holds no model: it has neither modules.json nor config.json")


def static_weights(folder: Path, tokens: dict[str, int], size: int) -> NDArray[np.float32]:
    """Read the query weights of a SparseStaticEmbedding, float32[size]; negative ones become 0."""
    weights = np.zeros(size, dtype=np.float32)
    file = folder / "model.safetensors"
    if file.is_file():
        from safetensors.numpy import load_file

        stored = load_file(file)["weight"].astype(np.float32)
        weights[: len(stored)] = stored[:size]
        return np.maximum(weights, 0)
    path = folder / _json(folder / "config.json").get("path", "idf.json")
    if not path.is_file():
        raise ModelError(f"{folder} has neither model.safetensors nor {path.name}")
    for token, weight in _json(path).items():
        if token in tokens:
            weights[tokens[token]] = max(0.0, float(weight))
    return weights


def _sentence_transformers(folder: Path) -> Layout:
    modules = [
        (str(module["type"]).rpartition(".")[2], folder / module["path"]) for module in _json(folder / "modules.json")
    ]
    settings = _json(folder / "config_sentence_transformers.json")
    if settings.get("model_type", "SparseEncoder") != "SparseEncoder":
        raise ModelError(f"{folder} is a {settings['model_type']}, not a SparseEncoder")
    static = None
    if [name for name, _ in modules] == ["Router"]:
        router = modules[0][1]
        routes = _json(router / "router_config.json")
        static, modules = _routes(router, routes, folder)
    names = [name for name, _ in modules]
    if len(modules) != 2 or names[0] not in ("MLMTransformer", "Transformer") or names[1] != "SpladePooling":
        raise ModelError(f"{folder} has the modules {' → '.join(names)}; lsr reads Transformer → SpladePooling")
    (_, transformer), (_, pooling_folder) = modules
    pooling = _json(pooling_folder / "config.json")
    if pooling.get("pooling_strategy", "max") != "max":
        raise ModelError(f"{folder} pools by {pooling['pooling_strategy']}; lsr reads max pooling")
    prompts = {side: text for side, text in (settings.get("prompts") or {}).items() if text}
    return Layout(
        transformer,
        activation=pooling.get("activation_function", "relu"),
        max_length=_max_length(transformer),
        prompts=prompts,
        static_query=static,
        max_active=settings.get("max_active_dims"),
    )


def _max_length(transformer: Path) -> int | None:
    # 5.x keeps the length in its own file, 6.x only in the tokenizer's; tokenizers without one say 10^30.
    length = _json(transformer / "sentence_bert_config.json").get("max_seq_length")
    length = length or _json(transformer / "tokenizer_config.json").get("model_max_length")
    return int(length) if length and length < 1_000_000 else None


def _routes(router: Path, config: dict[str, Any], folder: Path) -> tuple[Path, list[tuple[str, Path]]]:
    def modules(route: str) -> list[tuple[str, Path]]:
        return [(str(config["types"][name]).rpartition(".")[2], router / name) for name in config["structure"][route]]

    try:
        query, document = modules("query"), modules("document")
    except KeyError as error:
        raise ModelError(f"{folder} has a router without {error}; lsr reads routes query and document") from error
    if [name for name, _ in query] != ["SparseStaticEmbedding"]:
        raise ModelError(f"{folder} routes queries through {query[0][0]}; lsr reads SparseStaticEmbedding")
    return query[0][1], document


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ModelError(f"{path} is not valid JSON: {error}") from error
