"""A cache gives back what it was given, after a kill and after damage too."""

import numpy as np
import pytest
from scipy.sparse import random_array

from lsr.training.teachers.parts import Parts, keys_of
from lsr.training.teachers.vector_cache import DenseCache, SparseCache


def keys(*numbers):
    return np.array(numbers, dtype=np.uint64)


@pytest.fixture
def folder(tmp_path):
    parts = Parts(tmp_path / "cache")
    parts.append({"keys": keys(5, 1), "x": np.array([50, 10])})
    parts.append({"keys": keys(9, 2, 7), "x": np.array([90, 20, 70])})
    return tmp_path / "cache"


def values(parts, wanted):
    rows = parts.locate(wanted)
    out = np.full(len(wanted), -1)
    for arrays, inside, positions in parts.split(rows[rows >= 0]):
        out[np.flatnonzero(rows >= 0)[positions]] = arrays["x"][inside]
    return out.tolist()


def test_rows_are_found_by_key_in_whatever_part(folder):
    parts = Parts(folder)
    assert len(parts) == 5
    assert values(parts, keys(7, 1, 4, 9, 1)) == [70, 10, -1, 90, 10]
    assert values(Parts(folder / "new"), keys(7)) == [-1]


def test_a_part_that_was_being_written_is_no_part(folder):
    (folder / ".unfinished-x" / "part").mkdir(parents=True)
    (folder / "part-000002").mkdir()
    parts = Parts(folder)
    parts.append({"keys": keys(3), "x": np.array([30])})
    assert values(Parts(folder), keys(5, 3)) == [50, 30]


@pytest.mark.parametrize("file", ["keys.npy", "x.npy", "checksums.json"])
@pytest.mark.parametrize("how", ["cut", "flip", "gone"])
def test_a_damaged_part_is_dropped_and_can_be_made_anew(folder, file, how):
    path = folder / "part-000000" / file
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:-3] if how == "cut" else content)
    parts = Parts(folder)
    assert values(parts, keys(5, 9)) == [-1, 90]
    parts.append({"keys": keys(5, 1), "x": np.array([50, 10])})
    assert values(Parts(folder), keys(5, 9)) == [50, 90]


def test_dense_vectors_are_kept_as_float16(tmp_path):
    rows = np.random.default_rng(1).normal(size=(6, 3)).astype(np.float32)
    rows[0, 0] = 1e9
    cache = DenseCache(tmp_path, 3)
    cache.append(keys(*range(4)), rows[:4])
    cache.append(keys(4, 5), rows[4:])
    got = DenseCache(tmp_path, 3).get(cache.locate(keys(5, 0, 3)))
    np.testing.assert_allclose(got[[0, 2]], rows[[5, 3]], rtol=1e-3)
    assert got[1, 0] == 65504
    assert got.dtype == np.float32


def test_sparse_vectors_are_kept_as_they_are(tmp_path):
    rows = random_array((6, 20), density=0.2, format="csr", dtype=np.float32, rng=np.random.default_rng(1))
    cache = SparseCache(tmp_path, 20)
    cache.append(keys(*range(4)), rows[:4])
    cache.append(keys(4, 5), rows[4:])
    got = SparseCache(tmp_path, 20).get(cache.locate(keys(5, 0, 3, 1)))
    assert np.array_equal(got.toarray(), rows.toarray()[[5, 0, 3, 1]])


def test_keys_tell_texts_apart():
    assert len(set(keys_of(["", "a", "b", "ab", "\ud800"]).tolist())) == 5
