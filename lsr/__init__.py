"""Learned sparse retrieval: encoders, a block-max inverted index, evaluation and a service.

from lsr import Retriever

retriever = Retriever.build(["a text", "another text"])
hits = retriever.search("some text")

Names are loaded when first used: `import lsr` alone imports neither torch nor numba.
"""

from typing import TYPE_CHECKING

from lsr_index.lazy import attach

if TYPE_CHECKING:
    from lsr.encoders.base import SparseEncoder
    from lsr.retriever import Hit, Retriever
    from lsr_index import (
        Filter,
        Hits,
        IndexBuilder,
        IndexExistsError,
        IndexFormatError,
        IndexLockedError,
        IndexNotFoundError,
        IndexWriter,
        InputError,
        LsrError,
        MissingDependencyError,
        ModelError,
        SparseIndex,
        Vocabulary,
        VocabularyMismatchError,
    )
    from lsr_index.documents import Document

__version__ = "0.1.0"

_HOMES = {
    "Document": "lsr_index.documents",
    "Filter": "lsr_index.filters.filter",
    "Hit": "lsr.retriever",
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
    "Retriever": "lsr.retriever",
    "SparseEncoder": "lsr.encoders.base",
    "SparseIndex": "lsr_index.index",
    "Vocabulary": "lsr_index.vocabulary",
    "VocabularyMismatchError": "lsr_index.errors",
}

__all__ = [
    "Document",
    "Filter",
    "Hit",
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
    "Retriever",
    "SparseEncoder",
    "SparseIndex",
    "Vocabulary",
    "VocabularyMismatchError",
]

__getattr__, __dir__ = attach(__name__, _HOMES)
