"""Queries of a file, in any of the forms that lsr reads or writes, as vectors for an index."""

from pathlib import Path

from scipy.sparse import csr_array

from lsr.corpus import queries
from lsr.retriever import Retriever
from lsr_index import vectors
from lsr_index.errors import InputError
from lsr_index.exchange import lines, parquet, token_queries
from lsr_index.exchange.sources import open_vectors
from lsr_index.index import SparseIndex

TOKENS = ".pisa"


def read(path: Path, index: SparseIndex, *, tokens: bool = False) -> csr_array:
    """Read queries as float32 vectors of shape (n, V).

    Args:
        path: Texts: one a line (.txt), `id<TAB>text` (.tsv) or JSON lines with a text. Tokens: .pisa. Vectors:
            JSON lines with a vector, .parquet, .npz or CIFF.
        index: Whose terms they are to have; its encoder encodes texts.
        tokens: Lines are tokens, not texts; they always are for an index that records no encoder.

    Raises:
        InputError: if the file is unusable, or none of its terms is in the index.
        VocabularyMismatchError: if it says that it has another vocabulary.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist")
    name = path.name.removesuffix(".gz")
    if name.endswith((TOKENS, ".tsv", ".txt")):
        if tokens or name.endswith(TOKENS) or index.manifest.encoder is None:
            return _tokens(path, index)
        if name.endswith(".txt"):
            return Retriever(index).encode([line.rstrip("\r\n") for _, line in lines.read_lines(path)])
        return Retriever(index).encode(list(queries.read(path).values()))
    if name.endswith((".jsonl", ".json")) and "vector" not in next(iter(lines.read_objects(path)), ("", {}))[1]:
        return Retriever(index).encode(list(queries.read(path).values()))
    own = parquet.vocabulary(path) if path.suffix == ".parquet" else None
    if own is not None:
        index.check_vocabulary(own, str(path))
    rows = [rows for _, rows, _ in open_vectors(path, index.vocabulary).batches()]
    return vectors.concatenate(rows, index.manifest.vocabulary_size)


def _tokens(path: Path, index: SparseIndex) -> csr_array:
    rows = vectors.from_terms(token_queries.read(path).values(), index.vocabulary)
    if not rows.nnz:
        raise InputError(f"no term of {path} is in the index {index.path}; they are texts, or of another model")
    return rows
