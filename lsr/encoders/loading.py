"""From a model's name to an encoder: the catalogue, a folder, or a hub."""

import logging
import re
from pathlib import Path
from typing import Any

import xxhash

from lsr.encoders import assembly, bm25, formats, inference_free
from lsr.encoders.base import SparseEncoder
from lsr.encoders.catalog import CATALOG, fetch
from lsr_index.errors import InputError, MissingDependencyError, ModelError
from lsr_index.index import SparseIndex

QUERY_SIDE = "encoder"
"""The folder inside an index that holds what `save_query_side` wrote."""
FINGERPRINTED = ("config.json", "tokenizer.json", "vocab.txt", "modules.json", "model.safetensors", "pytorch_model.bin")
BM25_OPTIONS = {"k1", "b", "language"}


def load(name: str, *, inference_free: bool = False, **options: Any) -> SparseEncoder:
    """Load an encoder; see `SparseEncoder.from_pretrained`."""
    name = canonical(name)
    given = {key: value for key, value in options.items() if value is not None}
    if name == "bm25":
        if inference_free:
            raise InputError("bm25 has no network to free its queries of; leave --inference-free out")
        _check_options(name, given, BM25_OPTIONS)
        return bm25.BM25Encoder(**given)
    _check_options(name, given, assembly.OPTIONS)
    folder = find(name)
    layout = formats.read(folder)
    free = inference_free or isinstance(layout.query, formats.TableFiles)
    make = assembly.inference_free if free else assembly.splade
    return make(name, layout, fingerprint(folder), given)


def load_for_index(index: SparseIndex, model: str | None = None, **options: Any) -> SparseEncoder:
    """Load the encoder that made an index, or `model` in its place, and check that they fit.

    Raises:
        ModelError: if the index was made from vectors and no model is named, or the model's files have changed.
        VocabularyMismatchError: if `model` has another vocabulary.
    """
    record = index.manifest.encoder
    model = canonical(model) if model else None
    if model is None and record is None:
        raise ModelError(f"{index.path} was made from vectors, no model is recorded; name one, or search with vectors")
    if record is None or (model is not None and model != record["model"]):
        encoder = load(str(model), **options)
        if encoder.needs_corpus:
            raise ModelError(f"{model} cannot search {index.path}: it needs the corpus that the index was made from")
        index.check_vocabulary(encoder.vocabulary, str(model))
        return encoder
    index.check_current()  # the query side is read by path
    settings = {**record["settings"], **{key: value for key, value in options.items() if value is not None}}
    if record["kind"] == "bm25":
        return bm25.load_query_side(index.path / QUERY_SIDE, index.vocabulary)
    if record["kind"] == "inference-free":
        return inference_free.load_query_side(
            index.path / QUERY_SIDE, record, index.vocabulary, lambda: _recorded(record, settings)
        )
    if record["kind"] != "splade":
        raise ModelError(f"{index.path} was made by a {record['kind']!r} encoder, which this lsr does not know")
    encoder = _recorded(record, settings)
    index.check_vocabulary(encoder.vocabulary, str(record["model"]))
    return encoder


def canonical(name: str) -> str:
    """Return the name that an index records: a folder by its absolute path, so that it is found from anywhere."""
    known = name in CATALOG or name == "bm25" or not Path(name).is_dir()
    return name if known else str(Path(name).resolve())


def find(name: str) -> Path:
    """Return the folder of a model by catalogue name, path or hub id.

    Raises:
        ModelError: if there is none.
    """
    if name in CATALOG:
        return fetch(name)
    if Path(name).is_dir():
        return Path(name)
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", name) or name.startswith((".", "/")):
        raise ModelError(f"unknown model {name!r}: there is no such folder, and hub ids look like owner/name")
    try:
        return _download(name)
    except ModuleNotFoundError as error:
        raise MissingDependencyError("models need torch and transformers: pip install 'lsr[models]'") from error
    except Exception as error:  # the hub library raises its own, httpx's and ValueErrors
        known = ", ".join(["bm25", *CATALOG])
        reason = str(error).strip().splitlines()[0][:160]
        raise ModelError(
            f"unknown model {name!r}: not one of {known}, not a folder, and the hub says: {reason}"
        ) from error


def _download(name: str) -> Path:
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HFValidationError

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # it reports every retry on standard error
    try:
        # Not list_repo_files: that one retries for half a minute where there is no network.
        siblings = HfApi().model_info(name, timeout=10).siblings or []
    except HFValidationError:
        raise
    except Exception as error:  # offline, or no such model: what the hub's cache holds will do
        try:
            return Path(snapshot_download(name, local_files_only=True))
        except Exception:
            raise error from None
    # Many repositories hold the weights twice; old ones only in PyTorch's own form.
    weights = "*.safetensors" if any(file.rfilename.endswith(".safetensors") for file in siblings) else "*.bin"
    return Path(snapshot_download(name, allow_patterns=["*.json", "*.txt", "*.model", weights]))


def fingerprint(folder: Path) -> str:
    """Return a hash over a model's configuration, tokenizer and weights, 32 hex digits."""
    digest = xxhash.xxh3_128()
    for path in sorted(path for path in folder.rglob("*") if path.name in FINGERPRINTED):
        digest.update(str(path.relative_to(folder)).encode())
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return str(digest.hexdigest())


def _recorded(record: dict[str, Any], settings: dict[str, Any]) -> SparseEncoder:
    folder = find(record["model"])
    revision = fingerprint(folder)
    if revision != record["revision"]:
        raise ModelError(
            f"the files of {record['model']} have changed since the index was made; encode the corpus again, or "
            "restore the model"
        )
    return assembly.splade(record["model"], formats.read(folder), revision, settings)


def _check_options(name: str, options: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(options) - known)
    if unknown:
        raise InputError(f"{name} takes no option {unknown[0]!r}; it takes {', '.join(sorted(known))}")
