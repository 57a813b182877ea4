"""A split of a BEIR folder as training data."""

from pathlib import Path

from lsr.corpus import beir, loading, qrels, queries
from lsr.training.data import judged
from lsr.training.data.examples import Source
from lsr_index.errors import InputError


def load(
    folder: Path, split: str = "train", *, min_grade: int = 1, weight: float | None = None, name: str | None = None
) -> Source:
    """Read the judgements of a split; all documents of the corpus are kept, so that negatives can be mined.

    Raises:
        InputError: if there is no such split, or a file is malformed.
    """
    files = beir.qrels_files(folder)
    if split not in files:
        raise InputError(f"{folder} has no split {split!r}; it has: {', '.join(files)}")
    documents = {document.id: document.contents for document in loading.load(str(folder))}
    asked = queries.read(beir.queries_file(folder))
    found = qrels.read(files[split])
    return judged.source(name or folder.resolve().name, asked, documents, found, min_grade=min_grade, weight=weight)
