"""Every engine that is installed keeps the contract; the exact ones find what is to be found."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from lsr_eval.engine_bench.truth import Truth
from lsr_eval.peers import registry
from lsr_eval.peers.base import byte_impacts
from lsr_eval.peers.scan import SLACK, Scan
from lsr_eval.synthetic import Collection
from lsr_index.errors import InputError

EXACT = ("scan", "scipy", "splade-index", "lsr-exact16", "lsr-exact32")
ENGINES = [name for name in registry.HOMES if name != "pisa"]  # importing it starts more than a test may wait for


@pytest.fixture(scope="module")
def vectors():
    collection = Collection.seeded(3)
    return collection.documents(400), collection.queries(12)


def row(matrix, number):
    start, stop = matrix.indptr[number], matrix.indptr[number + 1]
    return matrix.indices[start:stop], matrix.data[start:stop]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ENGINES)
def test_answers_are_right(name, vectors, tmp_path):
    if reason := registry.missing(name):
        pytest.skip(reason)
    documents, queries = vectors
    peer = registry.create(name)
    peer.build(documents, tmp_path)
    truth = Truth(documents, queries, 400)
    asked = [peer.prepare(*row(queries, number)) for number in range(queries.shape[0])]
    for setting in peer.settings:
        for k in (1, 10, 400):
            found = [peer.answer(peer.search(query, k, setting)) for query in asked]
            assert all(len(numbers) == len(scores) <= k for numbers, scores in found)
            assert all((np.diff(scores) <= 0).all() for _, scores in found)
            quality = truth.quality([numbers for numbers, _ in found], k)
            # Seismic looks at few documents, whatever k is.
            assert quality.recall == 1 if name in EXACT else quality.recall > 0.5 or (name == "seismic" and k > 10)
    nothing = peer.prepare(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32))
    if name != "splade-index":
        assert len(peer.answer(peer.search(nothing, 10, peer.settings[0]))[0]) == 0
    assert peer.bytes() > documents.nnz
    peer.close()


@pytest.mark.parametrize("k", [1, 3, SLACK, 5000])
def test_the_scan_breaks_ties_by_number_when_its_buffer_overflows(k, tmp_path):
    # Whole weights: many documents share every score, and there are more of them than the buffer holds.
    random = np.random.default_rng(1)
    dense = random.integers(0, 4, (6000, 3)).astype(np.float32)
    peer = Scan()
    peer.build(csr_array(dense), tmp_path)
    query = np.array([1, 2, 1], dtype=np.float32)
    scores = dense @ query
    expected = [number for number in np.lexsort((np.arange(6000), -scores)) if scores[number] > 0][:k]
    for _ in range(2):  # the second search finds the scores cleared
        numbers, found = peer.search(peer.prepare(np.arange(3, dtype=np.int32), query), k, "")
        assert numbers.tolist() == expected
        assert np.array_equal(found, scores[expected])


def test_impacts_fill_a_byte():
    weights = np.array([1e-6, 0.5, 1.0], dtype=np.float32)
    assert byte_impacts(weights, 1.0).tolist() == [1, 128, 255]


def test_names():
    assert registry.expand("scan, bmp,scan,bmp-b8") == ["scan", "bmp-b8", "bmp-b16", "bmp-b32", "bmp-b64"]
    assert set(registry.expand(registry.ALL)) == set(registry.HOMES) - {"lsr-modes", "lsr-exact16", "lsr-exact32"}
    for wrong in ("scan,nonsense", ","):
        with pytest.raises(InputError, match="there are: lsr"):
            registry.expand(wrong)


def test_what_is_not_installed_is_skipped_with_a_reason(monkeypatch):
    find = registry.importlib.util.find_spec
    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda name: None if name == "bmp" else find(name))
    assert registry.split(["scan", "bmp-b8"]) == (["scan"], {"bmp-b8": "not installed (pip install bmp)"})
