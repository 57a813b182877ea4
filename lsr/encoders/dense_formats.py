"""The folder layouts that dense sentence encoders are kept in: sentence-transformers' own, and bare transformers."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lsr_index.errors import ModelError

Pooling = Literal["mean", "cls"]
POOLINGS: tuple[Pooling, ...] = ("mean", "cls")
OLD_NAMES = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}


@dataclass(frozen=True)
class DenseLayout:
    """Where the parts of a dense encoder lie and how they are set."""

    transformer: Path
    pooling: Pooling = "mean"
    normalize: bool = True
    """Whether vectors have length one, so that the inner product is the cosine."""
    max_length: int | None = None
    query_prompt: str = ""
    document_prompt: str = ""


def read(folder: Path) -> DenseLayout:
    """Recognise a folder: Transformer → Pooling [→ Normalize]; a bare model is pooled by mean and normalised.

    Raises:
        ModelError: if it holds anything else.
    """
    if not (folder / "modules.json").is_file():
        if (folder / "config.json").is_file():
            return DenseLayout(folder)
        raise ModelError(f"{folder} holds no model: it has neither modules.json nor config.json")
    try:
        return _sentence_transformers(folder)
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{folder} has a malformed modules.json or configuration ({error!r})") from error


def _sentence_transformers(folder: Path) -> DenseLayout:
    modules = [
        (str(module["type"]).rpartition(".")[2], folder / module["path"]) for module in _json(folder / "modules.json")
    ]
    names = [name for name, _ in modules]
    if names[:2] != ["Transformer", "Pooling"] or names[2:] not in ([], ["Normalize"]):
        raise ModelError(
            f"{folder} has the modules {' → '.join(names)}; a dense teacher is Transformer → Pooling [→ Normalize]"
        )
    transformer, pooling = modules[0][1], modules[1][1]
    prompts = _json(folder / "config_sentence_transformers.json").get("prompts") or {}
    length = _json(transformer / "sentence_bert_config.json").get("max_seq_length")
    length = length or _json(transformer / "tokenizer_config.json").get("model_max_length")
    return DenseLayout(
        transformer,
        pooling=_pooling(_json(pooling / "config.json"), folder),
        normalize=len(names) == 3,
        max_length=int(length) if length and length < 1_000_000 else None,
        query_prompt=prompts.get("query") or "",
        document_prompt=prompts.get("document") or "",
    )


def _pooling(config: dict[str, Any], folder: Path) -> Pooling:
    old = [key for key, value in config.items() if key.startswith("pooling_mode_") and value]
    mode = config.get("pooling_mode") or "+".join(OLD_NAMES.get(key, key) for key in old)
    for known in POOLINGS:
        if mode == known:
            return known
    raise ModelError(f"{folder} pools by {mode or 'nothing'}; lsr reads {' and '.join(POOLINGS)} pooling")


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ModelError(f"{path} is not valid JSON: {error}") from error
