"""Index vectors that were made elsewhere, or by `lsr encode`."""

import json
from pathlib import Path

from lsr.indexing import commit
from lsr_index.errors import InputError
from lsr_index.exchange import lines, parquet
from lsr_index.exchange.sources import open_vectors
from lsr_index.index import SparseIndex
from lsr_index.manifest import Exact
from lsr_index.progress import Bars, silent
from lsr_index.vocabulary import Vocabulary
from lsr_index.writer import IndexWriter


def index_vectors(
    path: Path,
    output: Path,
    *,
    vocabulary_file: Path | None = None,
    overwrite: bool = False,
    order: bool | None = None,
    exact: Exact = None,
    bars: Bars = silent,
) -> SparseIndex:
    """Build an index from a file of vectors, in bounded memory.

    Args:
        path: Any that `lsr_index.exchange.sources` reads.
        output: Where the index will stand.
        vocabulary_file: The terms, where the file has none or others are to be left out.
        overwrite: Replace an index that stands there.
        order: Whether similar documents become neighbours; None decides by their number.
        exact: Keep the weights beside their impacts, with 16 or 32 bits each, so that searches can rescore.
        bars: Shows progress.

    Raises:
        InputError: if the vectors are malformed, empty, or an id occurs twice.
        IndexExistsError: if something stands at `output`.
    """
    vocabulary = read_vocabulary(vocabulary_file) if vocabulary_file else None
    room = output.parent if output.parent.is_dir() else None
    source = open_vectors(path, vocabulary, folder=room, bars=bars)
    with SparseIndex.create(output, source.vocabulary, overwrite=overwrite, order=order, exact=exact) as writer:
        with bars("indexing", source.count) as progress:
            for ids, rows, documents in source.batches():
                writer.add(ids, rows, documents)
                progress(len(ids))
        # The query side may need files that vectors do not carry; only a model that is loaded by name can be recorded.
        writer.encoder = source.encoder if source.encoder and source.encoder["kind"] == "splade" else None
        return commit(writer, bars)


def add_vectors(path: Path, writer: IndexWriter, *, bars: Bars = silent) -> int:
    """Add a file of vectors to an index, in bounded memory; they are pending then. Terms it does not have are left out.

    Args:
        path: Any that `lsr_index.exchange.sources` reads.
        writer: Of the index.
        bars: Shows progress.

    Returns:
        How many vectors there were.

    Raises:
        InputError: if the vectors are malformed or have no term of the index.
        VocabularyMismatchError: if the file says that its vocabulary is another.
    """
    own = parquet.vocabulary(path) if path.suffix == ".parquet" else None
    if own is not None:
        writer.index.check_vocabulary(own, str(path))
    source = open_vectors(path, writer.index.vocabulary, bars=bars)
    count = 0
    with bars("adding", source.count) as progress:
        for ids, rows, documents in source.batches():
            writer.add(ids, rows, documents)
            progress(len(ids))
            count += len(ids)
    return count


def read_vocabulary(path: Path) -> Vocabulary:
    """Read terms from a text file, one a line, or from a `tokenizer.json`."""
    if path.suffix != ".json":
        return Vocabulary(text.rstrip("\r\n") for _, text in lines.read_lines(path))
    try:
        terms = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
        return Vocabulary(sorted(terms, key=lambda t: terms[t]) if isinstance(terms, dict) else (t for t, *_ in terms))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a tokenizer.json with a vocabulary ({error!r})") from error
