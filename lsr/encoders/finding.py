"""From a model's name to its folder: what comes with lsr, the catalogue, a path, or a hub."""

import logging
import re
from pathlib import Path

import xxhash

from lsr.encoders.catalog import CATALOG, fetch
from lsr_index.errors import MissingDependencyError, ModelError

SHIPPED = Path(__file__).parent / "shipped"
"""Folders of models that come with lsr."""
FINGERPRINTED = (
    "config.json",
    "tokenizer.json",
    "vocab.txt",
    "modules.json",
    "model.safetensors",
    "pytorch_model.bin",
    "lsr.json",
    "head.safetensors",
    "adapter_config.json",
    "adapter_model.safetensors",
)


def canonical(name: str) -> str:
    """Return the name that an index records: a folder by its absolute path, so that it is found from anywhere."""
    known = name in CATALOG or name in shipped() or name == "bm25" or not Path(name).is_dir()
    return name if known else str(Path(name).resolve())


def shipped() -> list[str]:
    """Return the names of the models that come with lsr."""
    return sorted(folder.name for folder in SHIPPED.iterdir()) if SHIPPED.is_dir() else []


def find(name: str) -> Path:
    """Return the folder of a model that comes with lsr, by catalogue name, path or hub id.

    Raises:
        ModelError: if there is none.
    """
    if name in shipped():
        return SHIPPED / name
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
        known = ", ".join(["bm25", *shipped(), *CATALOG])
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
