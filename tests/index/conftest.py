"""Small random collections of sparse vectors."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from lsr_index import SparseIndex, Vocabulary


def random_vectors(seed: int, n: int, size: int, density: float = 0.2, levels: int = 0) -> csr_array:
    """Random weights in (0, 3]; `levels` > 0 allows only that many distinct ones, so that scores tie."""
    rng = np.random.default_rng(seed)
    dense = rng.random((n, size)) * 3
    if levels:
        dense = np.ceil(dense / 3 * levels) * 3 / levels
    dense[rng.random((n, size)) >= density] = 0
    return csr_array(dense.astype(np.float32))


def random_impacts(seed: int, n: int, size: int, density: float = 0.3) -> csr_array:
    """Random whole weights from 1 to 255, both among them."""
    rng = np.random.default_rng(seed)
    dense = rng.integers(1, 256, (n, size))
    dense[:2] = [[1], [255]]
    dense[rng.random((n, size)) >= density] = 0
    return csr_array(dense.astype(np.float32))


def build(path, vectors, prefix="d", order=None):
    """Build an index of the vectors with ids d0, d1, …"""
    vocabulary = Vocabulary(f"t{n}" for n in range(vectors.shape[1]))
    with SparseIndex.create(path, vocabulary, order=order) as writer:
        writer.add([f"{prefix}{n}" for n in range(vectors.shape[0])], vectors)
        return writer.commit()


@pytest.fixture
def index(tmp_path):
    """300 documents over 40 terms, block size smaller than the collection."""
    return build(tmp_path / "idx", random_vectors(1, 300, 40))
