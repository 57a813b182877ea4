"""Fewer dimensions of dense vectors: the first columns of an orthogonal change of basis.

At the full number of dimensions every projection leaves all inner products as they are.
"""

from typing import Literal

import numpy as np

from lsr_index.arrays import F32

Projection = Literal["truncate", "pca", "random"]


def basis(kind: Projection, documents: F32, seed: int) -> F32:
    """Return float32[D, D], orthogonal: d dimensions of vectors are the first d columns of their product with it.

    Args:
        kind: `truncate` keeps the model's first dimensions; `pca` those in which the documents have most of their
            length, about the origin, so that inner products and not variances are kept; `random` any.
        documents: float32[n, D] that pca looks at.
        seed: Of the random directions.
    """
    width = documents.shape[1]
    if kind == "pca":
        moments = documents.T @ documents
        directions = np.linalg.eigh(moments.astype(np.float64))[1][:, ::-1]  # eigenvalues rise
        return np.ascontiguousarray(directions, dtype=np.float32)
    if kind == "random":
        gaussian = np.random.default_rng(seed).standard_normal((width, width))
        return np.asarray(np.linalg.qr(gaussian)[0], dtype=np.float32)
    return np.eye(width, dtype=np.float32)


def unit(vectors: F32) -> F32:
    """Return the rows scaled to length one; zeros stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)
