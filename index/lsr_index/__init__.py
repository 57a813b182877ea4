"""The engine of lsr: sparse vectors in, top-k documents out. Knows no text and no torch.

Names are loaded when first used, so that importing the errors does not import numba.
"""

from typing import TYPE_CHECKING

from lsr_index.lazy import attach

if TYPE_CHECKING:
    from lsr_index.builder import IndexBuilder
    from lsr_index.documents import Document
    from lsr_index.errors import (
        IndexExistsError,
        IndexFormatError,
        IndexLockedError,
        IndexNotFoundError,
        InputError,
        LsrError,
        MissingDependencyError,
        ModelError,
        VocabularyMismatchError,
    )
    from lsr_index.filters.filter import Filter
    from lsr_index.index import Hits, SparseIndex
    from lsr_index.vocabulary import Vocabulary
    from lsr_index.writer import IndexWriter

_HOMES = {
    "Document": "lsr_index.documents",
    "Filter": "lsr_index.filters.filter",
    "Hits": "lsr_index.index",
    "IndexBuilder": "lsr_index.builder",
    "IndexExistsError": "lsr_index.errors",
    "IndexFormatError": "lsr_index.errors",
    "IndexLockedError": "lsr_index.errors",
    "IndexNotFoundError": "lsr_index.errors",
    "IndexWriter": "lsr_index.writer",
    "InputError": "lsr_index.errors",
    "LsrError": "lsr_index.errors",
    "MissingDependencyError": "lsr_index.errors",
    "ModelError": "lsr_index.errors",
    "SparseIndex": "lsr_index.index",
    "Vocabulary": "lsr_index.vocabulary",
    "VocabularyMismatchError": "lsr_index.errors",
}

__all__ = [
    "Document",
    "Filter",
    "Hits",
    "IndexBuilder",
    "IndexExistsError",
    "IndexFormatError",
    "IndexLockedError",
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

__getattr__, __dir__ = attach(__name__, _HOMES)
