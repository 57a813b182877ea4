import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.sparse import csr_array

from lsr_index import InputError, Vocabulary
from lsr_index.exchange import parquet
from tests.index.conftest import random_vectors

RECORD = {"kind": "splade", "model": "m", "revision": "r", "settings": {}}


def test_parquet_round_trip(tmp_path):
    vectors, vocabulary = random_vectors(1, 50, 20), Vocabulary(f"t{n}" for n in range(20))
    with parquet.VectorWriter(tmp_path / "v.parquet", vocabulary, RECORD) as writer:
        writer.add([f"a{n}" for n in range(30)], vectors[:30])
        writer.add([f"b{n}" for n in range(20)], vectors[30:])
    found = parquet.read(tmp_path / "v.parquet")
    assert found.ids[29:31] == ["a29", "b0"]
    assert (found.vectors != vectors).nnz == 0
    assert found.vocabulary == vocabulary
    assert parquet.encoder_record(tmp_path / "v.parquet") == RECORD


def test_a_failed_parquet_write_leaves_nothing(tmp_path):
    def fail():
        with parquet.VectorWriter(tmp_path / "v.parquet", Vocabulary(["a"])) as writer:
            writer.add(["x"], csr_array([[1.0]]))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"id": ["a"], "indices": [[1]]}, "no column 'values'"),
        ({"id": ["a"], "indices": [[1, 2]], "values": [[1.0]]}, "different numbers"),
        ({"id": ["a"], "indices": [[-1]], "values": [[1.0]]}, "index -1"),
        ({"id": ["a"], "indices": [[1]], "values": [[-1.0]]}, "weight -1.0"),
        ({"id": ["a", "b"], "indices": [[1], None], "values": [[1.0], None]}, "rows without"),
        ({"id": ["a"], "indices": [1], "values": [[1.0]]}, "'indices' holds int64"),
        ({"id": ["a"], "indices": [[1.5]], "values": [[1.0]]}, "expected lists of whole numbers"),
        ({"id": ["a"], "indices": [[1]], "values": [["x"]]}, "expected lists of numbers"),
        ({"id": ["a"], "indices": [[2**40]], "values": [[1.0]]}, "name its terms with --vocabulary"),
        ({"id": ["a"], "indices": [[1]], "values": [[1e300]]}, "weight inf"),
    ],
)
def test_malformed_parquet(tmp_path, table, message):
    pq.write_table(pa.table(table), tmp_path / "v.parquet")
    with pytest.raises(InputError, match=message):
        parquet.read(tmp_path / "v.parquet")


def test_damaged_parquet(tmp_path):
    path = tmp_path / "v.parquet"
    with parquet.VectorWriter(path, Vocabulary(f"t{n}" for n in range(20))) as writer:
        writer.add([f"a{n}" for n in range(500)], random_vectors(1, 500, 20))
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="is damaged"):
        parquet.read(path)


@pytest.mark.parametrize("terms", [b"[1, 2]", b"{", b'{"a": 1}'])
def test_malformed_metadata(tmp_path, terms):
    table = pa.table({"id": ["a"], "indices": [[1]], "values": [[1.0]]}).replace_schema_metadata(
        {"lsr.vocabulary": terms}
    )
    pq.write_table(table, tmp_path / "v.parquet")
    with pytest.raises(InputError, match="carries"):
        parquet.read(tmp_path / "v.parquet")


def test_not_parquet(tmp_path):
    (tmp_path / "v.parquet").write_text("hello")
    with pytest.raises(InputError, match="not a Parquet file"):
        parquet.read(tmp_path / "v.parquet")
