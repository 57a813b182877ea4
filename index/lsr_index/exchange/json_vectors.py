"""Anserini's JsonVectorCollection: one document a line, `{"id": …, "contents": …, "vector": {term: weight}}`.

A path may be one file (`.gz` too) or a folder of such files. Weights may be whole numbers, as Anserini wants them, or
floats.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lsr_index.errors import InputError
from lsr_index.exchange import lines
from lsr_index.progress import Progress
from lsr_index.vectors import LARGEST
from lsr_index.vocabulary import Vocabulary


@dataclass(frozen=True)
class JsonVector:
    """One line: the document's id, its text where there is one, and its weights."""

    id: str
    vector: Mapping[str, float]
    contents: str = ""


def read(path: Path) -> Iterator[JsonVector]:
    """Yield the documents of a file or folder.

    Raises:
        InputError: at the first malformed line, or if a folder has no such files.
    """
    for file in _files(path):
        for where, record in lines.read_objects(file):
            vector = lines.pick(record, ("vector",), where)
            if not isinstance(vector, dict):
                raise InputError(f"{where}: vector must be an object of term: weight, found {type(vector).__name__}")
            for term, weight in vector.items():
                if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not _usable(weight):
                    raise InputError(
                        f"{where}: the weight of {term!r} is {weight!r}, it must be a number from 0 to {LARGEST:g}"
                    )
            contents = record.get("contents") or record.get("text") or ""
            yield JsonVector(lines.identifier(record, where), vector, str(contents))


def survey(path: Path, progress: Progress) -> tuple[Vocabulary, int]:
    """Return the distinct terms of all vectors, sorted, and the number of documents; reads everything once.

    Args:
        path: A file or folder.
        progress: Called with the documents read.
    """
    terms: set[str] = set()
    count = 0
    for document in read(path):
        terms.update(document.vector)
        count += 1
        progress(1)
    return Vocabulary(sorted(terms)), count


def line(document_id: str, weights: Iterable[tuple[str, float]], contents: str, factor: float) -> str:
    """Format one document; weights become round(weight × factor), those that round to 0 are left out."""
    scaled = ((term, round(weight * factor)) for term, weight in weights)
    vector = {term: weight for term, weight in scaled if weight > 0}
    return json.dumps({"id": document_id, "contents": contents, "vector": vector}, ensure_ascii=False) + "\n"


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.name.endswith((".json", ".jsonl", ".json.gz", ".jsonl.gz")))
    if not files:
        raise InputError(f"{path} has no .json or .jsonl files with vectors")
    return files


def _usable(weight: float) -> bool:
    return 0 <= weight <= LARGEST  # an int of any size compares; not a number compares false
