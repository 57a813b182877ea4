"""What a measurement depends on, as one key: a cell whose key is known is not measured again."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xxhash

from lsr.corpus.loading import Corpus
from lsr.encoders.finding import canonical, find, fingerprint
from lsr_eval.datasets import Dataset
from lsr_index.errors import InputError

FORMAT = 1
"""Of cells: a change of what they hold, or of how it is measured, makes old ones unknown."""


def key(*parts: Any) -> str:
    """Return 16 hexadecimal digits over JSON-able parts."""
    text = json.dumps([FORMAT, *parts], sort_keys=True, ensure_ascii=False, default=str)
    return str(xxhash.xxh3_64_hexdigest(text.encode("utf-8", "surrogatepass")))


def corpus_key(corpus: Corpus) -> str:
    """Return a hash over ids and contents, in order; reads the corpus once."""
    digest = xxhash.xxh3_64()
    for document in corpus:
        digest.update(f"{document.id}\0{document.contents}\0".encode("utf-8", "surrogatepass"))
    return str(digest.hexdigest())


def asked_key(dataset: Dataset) -> str:
    """Return a hash over queries and judgements."""
    return key(dataset.queries, dataset.qrels, dataset.excludes_self)


def model_key(model: str, inference_free: bool, options: Mapping[str, Any]) -> str:
    """Return a hash over a model's files and all that it is set to, as `SparseEncoder.from_pretrained` takes it.

    Raises:
        ModelError: if there is no such model.
    """
    name = canonical(model)
    revision = name if name == "bm25" else fingerprint(find(name))
    return key(name, revision, inference_free, options)


def file_key(path: Path) -> str:
    """Return a hash over a file's bytes.

    Raises:
        InputError: if there is none.
    """
    try:
        return str(xxhash.xxh3_64_hexdigest(path.read_bytes()))
    except FileNotFoundError as error:
        raise InputError(f"there is no run {path}; its path is as seen from where the command runs") from error
