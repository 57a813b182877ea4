"""A mask is what plain Python says of each document by itself."""

import operator
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsr_index import InputError, fields_writer
from lsr_index.fields import FieldsReader
from lsr_index.filters import Filter, nodes
from tests.index.filters.conftest import store
from tests.index.filters.strategies import comparisons, joined

OPERATORS = {
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip

WHOLE = st.one_of(st.integers(-2, 3), st.sampled_from([-(2**63), 2**63 - 1, 2**53 + 1]))
NUMBERS = st.one_of(st.integers(-2, 3), st.sampled_from([-1.5, -0.0, 0.0, 0.5, 2.0]))
STRINGS = st.text("aAüé日\U0001f600\ue000'", max_size=2)
VALUES = {
    "whole": WHOLE,
    "mixed": NUMBERS,
    "lang": STRINGS,
    "draft": st.booleans(),
    "tags": st.one_of(STRINGS, st.lists(STRINGS, max_size=3)),
    "sizes": st.lists(NUMBERS, max_size=3),
    "absent": st.nothing(),
}
LITERALS = {
    "whole": st.one_of(WHOLE, NUMBERS, st.sampled_from([2**63, -(2**63) - 1, 1e300, -1e300, 9.3e18])),
    "mixed": NUMBERS,
    "lang": STRINGS,
    "draft": st.booleans(),
    "tags": STRINGS,
    "sizes": NUMBERS,
    "absent": st.integers(0, 1),
}
DOCUMENTS = st.lists(st.fixed_dictionaries({}, optional=VALUES), min_size=1, max_size=12)
FILTERS = joined(st.one_of(*(comparisons(name, LITERALS[name], ordered=name != "draft") for name in VALUES)))


def passes(node, fields):
    """Evaluate a filter on one document in plain Python."""
    match node:
        case nodes.And(parts):
            return all(passes(part, fields) for part in parts)
        case nodes.Or(parts):
            return any(passes(part, fields) for part in parts)
        case nodes.Not(part):
            return not passes(part, fields)
    value = fields.get(node.field)
    values = value if isinstance(value, list) else [] if value is None else [value]
    match node:
        case nodes.Exists():
            return bool(values)
        case nodes.In(values=wanted, negated=negated):
            return bool(values) and negated != any(value in wanted for value in values)
        case nodes.Between(low=low, high=high):
            return any(low <= value <= high for value in values)
        case nodes.Compare(operator="!=", value=unwanted):
            return bool(values) and unwanted not in values
        case _:
            return any(OPERATORS[node.operator](value, node.value) for value in values)


@settings(max_examples=300)
@given(documents=DOCUMENTS, node=FILTERS, batch=st.integers(1, 13))
def test_masks_are_what_plain_python_says(tmp_path_factory, documents, node, batch):
    with patch.object(fields_writer, "BATCH", batch):
        reader = store(tmp_path_factory.mktemp("segment"), documents)
    mask = Filter(node).mask(reader)
    assert mask.dtype == np.bool_
    assert mask.tolist() == [passes(node, fields) for fields in documents]


def test_segments_may_differ_in_types(tmp_path):
    wanted = Filter.parse("year >= 2020")
    segments = {
        "whole": [2019, 2020],
        "fractions": [2019.5, 2020.5],
        "lists": [[1, 2], [3, 2021]],
        "without": [None] * 2,
    }
    for name, years in segments.items():
        reader = store(tmp_path / name, [{"year": year} for year in years])
        assert wanted.mask(reader).tolist() == [False, name != "without"]


@pytest.fixture
def reader(tmp_path) -> FieldsReader:
    return store(
        tmp_path,
        [
            {"year": 2019, "lang": "en", "draft": True, "meta": {"by": "Ada"}, "tags": ["x", "y"], "my field": "ü"},
            {"year": 2021, "lang": "de", "draft": False, "not": 1, "when": "2021-05-01T10:00:00Z"},
            {"year": 2021.5, "tags": "z", "odd": [1, "a"]},
        ],
    )


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("year >= 2020 and lang in ('en', 'de') and not draft = true", [1]),
        ("meta.by = 'Ada'", [0]),
        ("`my field` = 'ü' or \"not\" = 1", [0, 1]),
        ("id in ('d0', 'd2', 'd9')", [0, 2]),
        ("id > 'd0'", [1, 2]),
        ("when between '2021' and '2022'", [1]),
        ("tags = 'y'", [0]),
        ("tags != 'y'", [2]),
        ("not tags = 'y'", [1, 2]),
        ("lang != 'en'", [1]),
        ("not lang = 'en'", [1, 2]),
        ("missing lang or missing tags", [1, 2]),
        ("unheard = 1", []),
        ("not unheard = 1", [0, 1, 2]),
    ],
)
def test_examples(reader, text, numbers):
    assert np.flatnonzero(Filter.parse(text).mask(reader)).tolist() == numbers


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("year = '2020'", "filter: year = '2020': the field holds numbers, '2020' is none"),
        ("year = true", "filter: year = true: the field holds numbers, true is none"),
        ("lang > 5", "filter: lang > 5: the field holds strings, 5 is none"),
        ("tags in ('x', 5)", "filter: tags in ('x', 5): the field holds strings, 5 is none"),
        ("lang\n in (5, 'x\ny')", "filter: lang in (5, 'x y'): the field holds strings, 5 is none"),
        ("draft = 1", "filter: draft = 1: the field holds true or false, 1 is none"),
        ("draft < true", "filter: draft < true: the field is true or false, which have no order; compare with = or !="),
        ("year < 0 and odd = 1", "cannot filter on 'odd': the field holds both strings and whole numbers"),
        ("title = 'x'", "cannot filter on the title of documents: filter on id or on a stored field"),
    ],
)
def test_tests_that_make_no_sense(reader, text, message):
    with pytest.raises(InputError) as raised:
        Filter.parse(text).mask(reader)
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)
