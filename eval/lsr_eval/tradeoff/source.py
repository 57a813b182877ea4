"""Where a sweep's vectors come from: an index of whole, exact vectors, made once in the sweep's own folder."""

import json
from pathlib import Path
from typing import Any

from lsr.encoders.base import SparseEncoder
from lsr.indexing import build_index
from lsr_eval.datasets import Dataset
from lsr_index import durable
from lsr_index.errors import IndexExistsError, InputError
from lsr_index.index import SparseIndex
from lsr_index.progress import Bars, silent

CLAIM, INDEX = "sweep.json", "index"


def claim(folder: Path, facts: dict[str, Any]) -> None:
    """Take a folder for a sweep, or come back to it.

    Args:
        folder: Made if it is not there.
        facts: What the sweep is of; the same facts come back to what was begun.

    Raises:
        IndexExistsError: if something else stands there.
        InputError: if it holds a sweep of something else.
    """
    file = folder / CLAIM
    if file.is_file():
        try:
            known = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise InputError(f"{file} is damaged ({error}); choose another folder with -o") from error
        if known != facts:
            differ = ", ".join(key for key in facts if not isinstance(known, dict) or known.get(key) != facts[key])
            raise InputError(f"{folder} holds a sweep with another {differ or 'origin'}; choose another with -o")
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise IndexExistsError(f"{folder} exists and holds no sweep; choose another with -o")
    folder.mkdir(parents=True, exist_ok=True)
    durable.replace(file, (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode())


def encoded(dataset: Dataset, encoder: SparseEncoder, folder: Path, total: int, bars: Bars = silent) -> SparseIndex:
    """Encode a corpus into the index of a claimed folder, with weights as they are.

    Args:
        dataset: Its corpus.
        encoder: Makes the vectors.
        folder: Of the sweep; it has no index yet.
        total: Documents of the corpus.
        bars: Shows progress.
    """
    with bars(f"encoding with {encoder.name}", total) as progress:
        return build_index(dataset.corpus, encoder, folder / INDEX, exact=32, progress=progress, bars=bars)
