"""Index vectors that were made elsewhere, or by `lsr encode`."""

import json
from pathlib import Path

from lsr.encoders.base import batched
from lsr_index import vectors
from lsr_index.builder import IndexBuilder
from lsr_index.documents import Document
from lsr_index.errors import InputError
from lsr_index.exchange import json_vectors, lines, parquet
from lsr_index.index import SparseIndex
from lsr_index.vocabulary import Vocabulary

BATCH = 4096


def index_vectors(
    path: Path, output: Path, *, vocabulary_file: Path | None = None, overwrite: bool = False
) -> SparseIndex:
    """Build an index from a Parquet file or Anserini JSON vectors, in bounded memory.

    Args:
        path: `.parquet`, or a JSON-lines file or folder.
        output: Where the index will stand.
        vocabulary_file: The terms of Parquet vectors that carry none. Without it the terms are "0", "1", ….
        overwrite: Replace an index that stands there.

    Raises:
        InputError: if the vectors are malformed, empty, or an id occurs twice.
    """
    if path.suffix == ".parquet":
        return _from_parquet(path, output, vocabulary_file, overwrite)
    if not path.exists():
        raise InputError(f"{path} does not exist")
    vocabulary = read_vocabulary(vocabulary_file) if vocabulary_file else json_vectors.vocabulary(path)
    with SparseIndex.create(output, vocabulary, overwrite=overwrite) as writer:
        _add_json(path, writer)
        return writer.commit()


def read_vocabulary(path: Path) -> Vocabulary:
    """Read terms from a text file, one a line, or from a `tokenizer.json`."""
    if path.suffix != ".json":
        return Vocabulary(text.rstrip("\r\n") for _, text in lines.read_lines(path))
    try:
        terms = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
        return Vocabulary(sorted(terms, key=lambda t: terms[t]) if isinstance(terms, dict) else (t for t, *_ in terms))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a tokenizer.json with a vocabulary ({error!r})") from error


def _from_parquet(path: Path, output: Path, vocabulary_file: Path | None, overwrite: bool) -> SparseIndex:
    vocabulary = read_vocabulary(vocabulary_file) if vocabulary_file else parquet.vocabulary(path)
    if vocabulary is None:
        width = next((rows.shape[1] for _, rows in parquet.batches(path)), 0)
        vocabulary = Vocabulary(str(number) for number in range(width))
    with SparseIndex.create(output, vocabulary, overwrite=overwrite) as writer:
        for ids, rows in parquet.batches(path, len(vocabulary)):
            writer.add(ids, rows)
        # The query side may need files that vectors do not carry; only a model that is loaded by name can be recorded.
        record = parquet.encoder_record(path)
        writer.encoder = record if record and record["kind"] == "splade" else None
        return writer.commit()


def _add_json(path: Path, writer: IndexBuilder) -> None:
    for batch in batched(json_vectors.read(path), BATCH):
        rows = vectors.from_terms([document.vector for document in batch], writer.vocabulary)
        ids = [document.id for document in batch]
        writer.add(ids, rows, [Document(document.id, document.contents) for document in batch])
