"""The engine of lsr: sparse vectors in, top-k documents out. Knows no text and no torch."""

from lsr_index.errors import (
    IndexExistsError,
    IndexFormatError,
    IndexNotFoundError,
    InputError,
    LsrError,
    MissingDependencyError,
    ModelError,
    VocabularyMismatchError,
)
from lsr_index.index import Hits, SparseIndex
from lsr_index.vocabulary import Vocabulary
from lsr_index.writer import IndexWriter

__all__ = [
    "Hits",
    "IndexExistsError",
    "IndexFormatError",
    "IndexNotFoundError",
    "IndexWriter",
    "InputError",
    "LsrError",
    "MissingDependencyError",
    "ModelError",
    "SparseIndex",
    "Vocabulary",
    "VocabularyMismatchError",
]
