import gzip
import json

import pytest

from lsr_index import InputError
from lsr_index.exchange import json_vectors


def test_json_vectors(tmp_path):
    rows = [{"id": 1, "contents": "a cat", "vector": {"cat": 25, "a": 0.5}}, {"id": "x", "vector": {}}]
    with gzip.open(tmp_path / "v.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    found = list(json_vectors.read(tmp_path / "v.jsonl.gz"))
    assert [(d.id, dict(d.vector), d.contents) for d in found] == [("1", {"cat": 25, "a": 0.5}, "a cat"), ("x", {}, "")]
    terms, count = json_vectors.survey(tmp_path, lambda _: None)  # a folder of such files
    assert (terms.terms, count) == (["a", "cat"], 2)


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
