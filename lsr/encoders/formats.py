"""The folder layouts that sparse encoders are kept in, read into one description.

| layout | how it is told | what it means |
|---|---|---|
| bare | config.json, no modules.json | a masked language model: SPLADE with max pooling and log1p(relu) |
| OpenSearch | the same, and idf.json | its document side; queries are weighted by the table |
| sentence-transformers 5.x | modules.json: `…models.MLMTransformer`, `…SpladePooling` | SPLADE, with settings |
| sentence-transformers 6.x | modules.json: `….Transformer` (fill-mask), `….SpladePooling` | the same |
| the same, two sides | modules.json: `….Router`, and router_config.json | as above; queries so too, or by a table |
| lsr | lsr.json | what none of these can hold; see `lsr.encoders.own_layout` |

One idf.json means two things. Beside a bare model it is OpenSearch's own: a token that it lacks weighs 1, special
tokens weigh 0. In a SparseStaticEmbedding it is read as sentence-transformers does: a token that it lacks weighs 0.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lsr.encoders import own_layout
from lsr.encoders.layouts import Layout, NetworkFiles, TableFiles, in_an_index
from lsr_index.errors import ModelError

MODULES, SETTINGS = "modules.json", "config_sentence_transformers.json"
LSR_SETTINGS = "lsr"
"""The key in SETTINGS of what lsr alone knows."""
IDF_FILE = "idf.json"


def read(folder: Path) -> Layout:
    """Recognise a folder's layout.

    Raises:
        ModelError: if it is none of those in this module's table.
    """
    if (folder / own_layout.FILE).is_file():
        return own_layout.read(folder)
    if (folder / MODULES).is_file():
        try:
            return _sentence_transformers(folder)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
            raise ModelError(f"{folder} has a malformed modules.json or configuration ({error!r})") from error
    if (folder / "config.json").is_file():
        network = NetworkFiles(folder)
        if (folder / IDF_FILE).is_file():
            length = _max_length(folder)
            return Layout(NetworkFiles(folder, max_length=length), TableFiles(folder, length, opensearch=True))
        return Layout(network, network)
    raise ModelError(f"{folder} holds no model: it has neither modules.json nor config.json")


def language_model(folder: Path) -> Path:
    """Return where the language model of a folder lies: the folder itself, or in an encoder its network for documents.

    Raises:
        ModelError: if the folder holds neither.
    """
    return folder if (folder / "config.json").is_file() else read(folder).document.folder


def table(files: TableFiles, tokens: Mapping[str, int], special: set[int], size: int) -> NDArray[np.float32]:
    """Read the query weights of each token, float32[size]; negative ones become 0.

    Args:
        files: Where they are.
        tokens: Ids by token.
        special: Ids of special tokens.
        size: Of the vocabulary.

    Raises:
        ModelError: if there are none, they are damaged, or they are of another vocabulary.
    """
    stored = files.folder / "model.safetensors"
    weights = np.zeros(size, dtype=np.float32)
    if stored.is_file() and not files.opensearch:
        found = _stored_table(stored)
        # A network's output may be padded with rows that no token has; a table need not have those.
        needed = 1 + max((number for token, number in tokens.items() if not token.startswith("[unnamed")), default=-1)
        if not needed <= len(found) <= size:
            raise ModelError(f"{stored} has weights for {len(found)} tokens, the model has {needed}; it is another's")
        weights[: len(found)] = found
        return np.maximum(weights, 0)
    name = Path(_json(files.folder / "config.json").get("path", IDF_FILE)).name
    # Beside the module, or in the model's folder above it.
    path = next((place / name for place in (files.folder, files.folder.parent) if (place / name).is_file()), None)
    if path is None:
        raise ModelError(f"{files.folder} has neither model.safetensors nor {name}")
    if files.opensearch:
        weights[:] = 1
    for token, weight in _json(path).items():
        if token in tokens:
            weights[tokens[token]] = float(weight)
    if files.opensearch:
        weights[sorted(special)] = 0
    return np.maximum(weights, 0)


def _stored_table(file: Path) -> NDArray[np.float32]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        found: NDArray[np.float32] = load_file(file)["weight"].astype(np.float32)
    except KeyError as error:
        raise ModelError(f"{file} has no tensor named weight; a table of query weights is kept there") from error
    except (OSError, SafetensorError, ValueError) as error:
        raise ModelError(f"{file} cannot be read ({error}); fetch or train the model again") from error
    if found.ndim != 1 or not np.isfinite(found).all():
        raise ModelError(f"{file} holds no table of query weights: shape {found.shape}, or values that are no numbers")
    return found


def _sentence_transformers(folder: Path) -> Layout:
    modules = [(str(module["type"]).rpartition(".")[2], folder / module["path"]) for module in _json(folder / MODULES)]
    settings = _json(folder / SETTINGS)
    if settings.get("model_type", "SparseEncoder") != "SparseEncoder":
        raise ModelError(f"{folder} is a {settings['model_type']}, not a SparseEncoder")
    query: NetworkFiles | TableFiles
    if [name for name, _ in modules] == ["Router"]:
        router = modules[0][1]
        routes = _json(router / "router_config.json")
        query = _query(_route("query", router, routes, folder), folder)
        document = _network(_route("document", router, routes, folder), folder)
    else:
        query = document = _network(modules, folder)
        lengths = settings.get(LSR_SETTINGS, {}).get("max_length", {})
        if lengths:
            query = NetworkFiles(document.folder, document.pooling, document.activation, int(lengths["query"]))
    prompts = {side: text for side, text in (settings.get("prompts") or {}).items() if text}
    ours = settings.get(LSR_SETTINGS, {})
    share, repeats = in_an_index(ours)
    return Layout(document, query, prompts, settings.get("max_active_dims"), share, repeats)


def _query(modules: list[tuple[str, Path]], folder: Path) -> NetworkFiles | TableFiles:
    if [name for name, _ in modules] == ["SparseStaticEmbedding"]:
        return TableFiles(modules[0][1], _max_length(modules[0][1]))
    return _network(modules, folder)


def _network(modules: list[tuple[str, Path]], folder: Path) -> NetworkFiles:
    names = [name for name, _ in modules]
    if len(modules) != 2 or names[0] not in ("MLMTransformer", "Transformer") or names[1] != "SpladePooling":
        raise ModelError(
            f"{folder} has the modules {' → '.join(names)}; lsr reads Transformer → SpladePooling, and for queries "
            "SparseStaticEmbedding too"
        )
    (_, transformer), (_, pooling_folder) = modules
    pooling = _json(pooling_folder / "config.json")
    return NetworkFiles(
        transformer,
        pooling.get("pooling_strategy", "max"),
        pooling.get("activation_function", "relu"),
        _max_length(transformer),
    )


def _route(route: str, router: Path, config: dict[str, Any], folder: Path) -> list[tuple[str, Path]]:
    try:
        return [(str(config["types"][name]).rpartition(".")[2], router / name) for name in config["structure"][route]]
    except KeyError as error:
        raise ModelError(f"{folder} has a router without {error}; lsr reads routes query and document") from error


def _max_length(transformer: Path) -> int | None:
    # 5.x keeps the length in its own file, 6.x only in the tokenizer's; tokenizers without one say 10^30.
    length = _json(transformer / "sentence_bert_config.json").get("max_seq_length")
    length = length or _json(transformer / "tokenizer_config.json").get("model_max_length")
    return int(length) if length and length < 1_000_000 else None


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ModelError(f"{path} is not valid JSON: {error}") from error
