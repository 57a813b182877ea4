"""Build the demo's indexes once, and know when they can be used again."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xxhash

from lsr import console
from lsr.encoders.base import SparseEncoder
from lsr.indexing import build_index
from lsr.retriever import Retriever
from lsr_index.documents import Document
from lsr_index.errors import LsrError
from lsr_index.index import SparseIndex

RECORD = "demo.json"


@dataclass(frozen=True)
class Built:
    """An index of the corpus and how fast it was encoded when it was built."""

    name: str
    retriever: Retriever
    documents_per_second: float
    reused: bool


def build(name: str, documents: Sequence[Document], folder: Path) -> Built:
    """Index the corpus with a model under `folder/name`, or open what stands there if it is of the same corpus."""
    encoder = SparseEncoder.from_pretrained(name)
    path, record = folder / name, folder / f"{name}.{RECORD}"
    key = {"corpus": fingerprint(documents), "model": encoder.record()["revision"]}
    kept = _read(record)
    if kept.get("key") == key:
        try:
            return Built(name, Retriever(SparseIndex.open(path)), kept["documents_per_second"], reused=True)
        except LsrError as error:
            console.note(f"building {name} again: {error}")
    started = time.perf_counter()
    with console.progress(f"encoding with {name}", len(documents)) as progress:
        there = (path / "manifest.json").exists()
        index = build_index(documents, encoder, path, overwrite=there, progress=progress, bars=console.progress)
    rate = len(documents) / (time.perf_counter() - started)
    record.write_text(json.dumps({"key": key, "documents_per_second": rate}))
    return Built(name, Retriever(index), rate, reused=False)


def fingerprint(documents: Sequence[Document]) -> str:
    """Return a hash over ids and contents."""
    digest = xxhash.xxh3_64()
    for document in documents:
        digest.update(f"{document.id}\0{document.contents}\0".encode("utf-8", "replace"))
    return str(digest.hexdigest())


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
