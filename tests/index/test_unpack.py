import numpy as np
import pytest
from scipy.sparse import csr_array

from lsr_index.unpack import unpack
from tests.index.conftest import build, random_vectors


@pytest.mark.parametrize("ordered", [False, True])
def test_unpack_gives_back_what_was_indexed(tmp_path, ordered):
    # Densities from a posting in a hundred documents to one in every document: rows of all forms.
    parts = [random_vectors(seed, 3000, 4, density) for seed, density in enumerate((0.002, 0.06, 0.3, 1.0))]
    documents = csr_array(np.hstack([part.toarray() for part in parts]))
    order = np.random.default_rng(5).permutation(3000).astype(np.uint32) if ordered else False
    index = build(tmp_path / "idx", documents, order=order)
    assert all(index.segments[0].postings.form_counts().values())
    ends, terms, impacts = unpack(index.segments[0].postings)
    assert np.array_equal(ends, documents.indptr[1:])
    assert np.array_equal(terms, documents.indices)
    scales = index.segments[0].postings.scales[documents.indices]
    assert np.array_equal(impacts, np.clip(np.rint(documents.data / scales), 1, 255))
