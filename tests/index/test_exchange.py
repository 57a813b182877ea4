import gzip
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.sparse import csr_array

from lsr_index import InputError, Vocabulary
from lsr_index.exchange import json_vectors, lines, parquet, token_queries
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


def test_json_vectors(tmp_path):
    rows = [{"id": 1, "contents": "a cat", "vector": {"cat": 25, "a": 0.5}}, {"id": "x", "vector": {}}]
    with gzip.open(tmp_path / "v.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    found = list(json_vectors.read(tmp_path / "v.jsonl.gz"))
    assert [(d.id, dict(d.vector), d.contents) for d in found] == [("1", {"cat": 25, "a": 0.5}, "a cat"), ("x", {}, "")]
    assert json_vectors.vocabulary(tmp_path).terms == ["a", "cat"]  # a folder of such files


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "a"}', "v.jsonl:2: no vector in the object"),
        ('{"id": "a", "vector": [1]}', "must be an object"),
        ('{"id": "a", "vector": {"t": "1"}}', "weight of 't' is '1'"),
        ('{"id": "a", "vector": {"t": -1}}', "weight of 't' is -1"),
        ('{"id": "", "vector": {}}', "the id is ''"),
        ('{"id": "a", "vector": {"t": NaN}}', "weight of 't' is nan"),
        ('{"id": "a", "vector": {"t": 1' + "0" * 400 + "}}", "must be a number from 0 to 1e"),
        ('{"id": "\\ud800", "vector": {}}', "is no text"),
        ("{", "v.jsonl:2: not valid JSON"),
    ],
)
def test_malformed_json_vectors(tmp_path, line, message):
    (tmp_path / "v.jsonl").write_text('{"id": "ok", "vector": {"a": 1}}\n' + line + "\n")
    with pytest.raises(InputError, match=message):
        list(json_vectors.read(tmp_path / "v.jsonl"))


def test_json_vector_lines_scale_and_round():
    assert json.loads(json_vectors.line("d", [("a", 1.234), ("b", 0.001)], "text", 100)) == {
        "id": "d",
        "contents": "text",
        "vector": {"a": 123},
    }


def test_token_queries_round_trip(tmp_path):
    path = tmp_path / "q.tsv"
    path.write_text(token_queries.line("q1", [("cat", 0.03), ("sat", 0.01)], 100) + "q2\t\n")
    assert path.read_text() == "q1\tcat cat cat sat\nq2\t\n"
    assert token_queries.read(path) == {"q1": {"cat": 3.0, "sat": 1.0}, "q2": {}}


@pytest.mark.parametrize(
    ("text", "message"), [("q1 cat\n", "q.tsv:1: expected id"), ("q\ta\nq\tb\n", "'q' occurs twice")]
)
def test_malformed_token_queries(tmp_path, text, message):
    (tmp_path / "q.tsv").write_text(text)
    with pytest.raises(InputError, match=message):
        token_queries.read(tmp_path / "q.tsv")


def test_a_term_with_white_space_cannot_be_a_token():
    with pytest.raises(InputError, match="white space"):
        token_queries.line("q", [("two words", 1.0)], 100)


def test_a_byte_order_mark_is_no_part_of_the_first_id(tmp_path):
    (tmp_path / "q.tsv").write_bytes(b"\xef\xbb\xbfq1\tcat\n")
    assert list(token_queries.read(tmp_path / "q.tsv")) == ["q1"]


def test_lines_name_where_the_text_breaks(tmp_path):
    (tmp_path / "bad.txt").write_bytes(b"fine\n\xff\xfe\n")
    with pytest.raises(InputError, match=r"bad\.txt:\d: not UTF-8"):
        list(lines.read_lines(tmp_path / "bad.txt"))
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"hello\n" * 1000)[:-9])
    with pytest.raises(InputError, match="not a whole gzip file"):
        list(lines.read_lines(tmp_path / "cut.gz"))


def test_impacts_of_whole_numbers_are_lossless(tmp_path):
    from tests.index.conftest import build

    vectors = csr_array(np.array([[1, 200, 0], [37, 0, 3]], dtype=np.float32))
    index = build(tmp_path / "idx", vectors)
    assert index.postings.scales.tolist() == [1, 1, 1]
    assert [index.postings.impact(term, place) for term in range(3) for place in range(2)] == [1, 37, 200, 0, 0, 3]
