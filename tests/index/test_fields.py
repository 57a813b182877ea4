"""Columns hold what the documents held, whatever batches they came in."""

import json
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsr_index import IndexFormatError, InputError, SparseIndex, Vocabulary, fields_writer
from lsr_index.documents import Document
from tests.index.conftest import random_vectors
from tests.index.filters.conftest import fields_of, store

NAN = float("nan")


@pytest.mark.parametrize(
    ("values", "kind", "held"),
    [
        ([True, None, False], "true or false", [True, None, False]),
        ([1, None, -(2**63)], "whole numbers", [1, None, -(2**63)]),
        ([1, 2.5, NAN], "numbers", [1.0, 2.5, None]),
        ([2**63, 1], "numbers", [2.0**63, 1.0]),
        (["a", "ü 日本", ""], "strings", ["a", "ü 日本", ""]),
        (["\ud800"], "strings", ["?"]),
        ([["a", "b"], [], None, ["c", None]], "lists of strings", [["a", "b"], None, None, ["c"]]),
        (["a", ["b"], None, ("c",)], "lists of strings", [["a"], ["b"], None, ["c"]]),
        ([[1], 2.5], "lists of numbers", [[1.0], [2.5]]),
        ([[NAN], 1], "whole numbers", [None, 1]),
    ],
)
@pytest.mark.parametrize("batch", [1, 2, 100])
def test_types_follow_from_all_values(tmp_path, values, kind, held, batch):
    with patch.object(fields_writer, "BATCH", batch):
        reader = store(tmp_path, [{"x": value} for value in values])
    assert reader.types == {"id": "strings", "x": kind}
    column = reader.column("x")
    assert column is not None
    assert column.to_pylist() == held


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([1, "a"], "holds both strings and whole numbers"),
        ([True, 1], "holds both true or false and whole numbers"),
        ([["a"], 1], "holds both strings and whole numbers"),
        ([[["a"]]], "holds lists or objects inside lists"),
        ([[{"a": 1}]], "holds lists or objects inside lists"),
        (["a" * 1025, "b"], "holds texts longer than 1024 characters"),
        ([10**400], "holds numbers beyond the range of float64"),
    ],
)
@pytest.mark.parametrize("batch", [1, 100])
def test_a_field_without_a_type_says_why(tmp_path, values, reason, batch):
    with patch.object(fields_writer, "BATCH", batch):
        reader = store(tmp_path, [{"x": value, "y": 1} for value in values])
    assert set(reader.types) == {"id", "y"}
    with pytest.raises(InputError, match=f"cannot filter on 'x': the field {reason}$"):
        reader.column("x")


def test_nested_objects_have_dotted_names(tmp_path):
    reader = store(tmp_path, [{"meta": {"year": 2020, "by": {"name": "Ada"}}}, {"meta": 5}])
    assert set(reader.types) == {"id", "meta", "meta.year", "meta.by.name"}


def test_deeply_nested_objects(tmp_path):
    nested = json.loads('{"a":' * 400 + "1" + "}" * 400)
    assert len(store(tmp_path, [nested]).types) == 2


def test_a_name_given_nested_and_dotted_is_refused(tmp_path):
    reader = store(tmp_path, [{"a": {"b": 1}, "a.b": 2}])
    with pytest.raises(InputError, match=r"'a\.b': the field is given twice in one document"):
        reader.column("a.b")


def test_ids_titles_and_texts_are_the_documents_own(tmp_path):
    reader = store(tmp_path, [{"id": 7, "title": "x"}, {}])
    column = reader.column("id")
    assert column is not None
    assert column.to_pylist() == ["d0", "d1"]
    for name in ("title", "text"):
        with pytest.raises(InputError, match=f"cannot filter on the {name} of documents"):
            reader.column(name)


def test_fields_beyond_the_limit_are_refused(tmp_path):
    with patch.object(fields_writer, "MOST", 3):
        reader = store(tmp_path, [{f"x{n}": n} for n in range(5)])
    assert len(reader.types) == 4
    with pytest.raises(InputError, match="only the first"):
        reader.column("x4")


def test_large_values_end_a_batch_early(tmp_path):
    with patch.object(fields_writer, "MOST_VALUES", 5):
        column = store(tmp_path, [{"x": ["a", "b", "c"]}] * 6).column("x")
    assert column is not None
    assert column.num_chunks == 3


def test_without_fields_there_is_no_file(tmp_path):
    reader = store(tmp_path, [{}, {"x": None}, {"x": []}])
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("fields")]
    assert reader.column("x") is None
    assert len(reader) == 3


def test_a_file_of_other_documents_is_refused(tmp_path):
    store(tmp_path / "a", [{"x": 1}] * 3)
    store(tmp_path / "b", [{"x": 1}] * 2)
    (tmp_path / "b" / "fields.arrow").write_bytes((tmp_path / "a" / "fields.arrow").read_bytes())
    with pytest.raises(IndexFormatError, match="fields of 3 documents, not 2"):
        fields_of(tmp_path / "b").column("x")
    (tmp_path / "b" / "fields.arrow").write_bytes(b"ARROW1 and so on")
    with pytest.raises(IndexFormatError, match=r"fields\.arrow cannot be read"):
        fields_of(tmp_path / "b").column("x")


def test_an_index_carries_the_file_and_its_checksum(tmp_path):
    documents = [Document(f"d{n}", "", fields={"year": 2000 + n}) for n in range(300)]
    with SparseIndex.create(tmp_path / "idx", Vocabulary(f"t{n}" for n in range(10))) as writer:
        writer.add([document.id for document in documents], random_vectors(1, 300, 10), documents)
        index = writer.commit()
    assert "fields.arrow" in index.manifest.segments[0].files
    assert not list(index.path.rglob("*.spill"))
    column = index.segments[0].fields.column("year")
    assert column is not None
    assert np.array_equal(column.to_numpy(), np.arange(2000, 2300))


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.floats(-2, 2, allow_subnormal=False), st.text("ab", max_size=2)
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=2))


@settings(max_examples=60)
@given(
    rows=st.lists(st.dictionaries(st.sampled_from("xyz"), VALUES, max_size=3), min_size=1, max_size=8),
    batch=st.integers(1, 9),
)
def test_batches_do_not_matter(tmp_path_factory, rows, batch):
    whole = store(tmp_path_factory.mktemp("whole"), rows)
    with patch.object(fields_writer, "BATCH", batch):
        parts = store(tmp_path_factory.mktemp("parts"), rows)
    assert dict(parts.types) == dict(whole.types)
    for name in whole.types:
        first, second = whole.column(name), parts.column(name)
        assert first is not None
        assert second is not None
        assert first.to_pylist() == second.to_pylist()
