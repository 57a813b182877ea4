import numpy as np
import pytest
from scipy.sparse import csc_array, csr_array, save_npz

from lsr_index import InputError
from lsr_index.exchange import npz
from lsr_index.vectors import concatenate
from tests.index.conftest import random_impacts, random_vectors


def save(path, **changes):
    arrays = {
        "indptr": [0, 2, 2, 3],
        "indices": np.array([1, 4, 0], np.uint16),
        "values": np.array([255, 51, 1], np.uint8),
    }
    np.savez(path, **{name: array for name, array in (arrays | changes).items() if array is not None})
    return path


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize(
    "rows", [random_vectors(1, 50, 20), random_impacts(2, 50, 20), csr_array((3, 5)), csr_array((0, 5))]
)
def test_what_scipy_saves(tmp_path, monkeypatch, rows, compressed):
    monkeypatch.setattr(npz, "BATCH", 7)
    save_npz(tmp_path / "x.npz", rows, compressed=compressed)
    found = npz.read(tmp_path / "x.npz")
    assert (len(found), found.size) == rows.shape
    parts = list(found.batches())
    assert [name for ids, _ in parts for name in ids] == [str(n) for n in range(rows.shape[0])]
    assert (concatenate([part for _, part in parts], rows.shape[1]) != rows).nnz == 0


def test_bytes_stay_impacts_and_columns_may_be_more(tmp_path):
    found = npz.read(save(tmp_path / "x.npz"))
    ((ids, rows),) = found.batches(9)
    assert (ids, rows.shape, found.size) == (["0", "1", "2"], (3, 9), 5)
    assert rows.toarray()[:, :5].tolist() == [[0, 255, 0, 0, 51], [0, 0, 0, 0, 0], [1, 0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"indptr": None}, "lacks an array: indptr"),
        ({"values": None}, "lacks an array: data"),
        ({"indptr": [0, 9, 3]}, "do not fit each other"),
        ({"indptr": [1, 2, 3]}, "do not fit each other"),
        ({"indptr": [0.0, 3.0]}, "do not fit each other"),
        ({"indptr": []}, "do not fit each other"),
        ({"indices": [1, 2]}, "do not fit each other"),
        ({"indices": [[1, 2, 3]]}, "2 dimensions"),
        ({"indices": np.array([1, None, 3])}, "dimensions of object"),
        ({"values": ["a", "b", "c"]}, "do not fit each other"),
        ({"indices": [1, -4, 0]}, "index -4"),
        ({"indices": [1, 4, 10**8]}, "has 100000001 columns, at most"),
        ({"shape": [3, 4]}, "index 4, terms are 0 to 3"),
        ({"shape": [9, 9]}, "has 3 rows and says that it has 9"),
        ({"values": [1.0, -2, 3]}, "weights must be > 0"),
        ({"values": [1.0, np.nan, 3]}, "weights must be > 0"),
        ({"values": [1.0, 1e300, 3]}, "weight inf"),
    ],
)
def test_malformed(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        list(npz.read(save(tmp_path / "x.npz", **changes)).batches())


def test_other_files(tmp_path):
    (tmp_path / "x.npz").write_text("no")
    with pytest.raises(InputError, match=r"is not an \.npz file"):
        npz.read(tmp_path / "x.npz")
    save_npz(tmp_path / "x.npz", csc_array(np.eye(3)))
    with pytest.raises(InputError, match="another kind"):
        npz.read(tmp_path / "x.npz")
    content = bytearray(save(tmp_path / "x.npz").read_bytes())
    content[content.index(b"NUMPY") + 130] ^= 1  # an element of the first array
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"is not an \.npz file of arrays: Bad CRC"):
        npz.read(tmp_path / "x.npz")
    with pytest.raises(InputError, match="does not exist"):
        npz.read(tmp_path / "absent.npz")
