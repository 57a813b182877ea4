"""The engine of lsr: sparse vectors in, top-k documents out. Knows no text and no torch.

Names are loaded when first used, so that importing the errors does not import numba.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsr_index.documents import Document
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

_HOMES = {
    "Document": "lsr_index.documents",
    "Hits": "lsr_index.index",
    "IndexExistsError": "lsr_index.errors",
    "IndexFormatError": "lsr_index.errors",
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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lsr_index' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
