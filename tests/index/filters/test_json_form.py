"""JSON filters mean what the expression beside them says."""

import pytest

from lsr_index import InputError
from lsr_index.filters import Filter


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"year": 2020}, "year = 2020"),
        ({"draft": False, "lang": "en"}, "draft = false and lang = 'en'"),
        ({"lang": ["en", "de"]}, "lang in ('en', 'de')"),
        ({"year": {">=": 2020, "<": 2024}}, "year >= 2020 and year < 2024"),
        ({"a": {"==": 1, "!=": 2}, "b": {"<>": "x"}}, "a = 1 and a != 2 and b != 'x'"),
        ({"a": {"in": [1]}, "b": {"not in": [1, 2]}}, "a in (1) and b not in (1, 2)"),
        ({"n": {"between": [1, 3]}}, "n between 1 and 3"),
        ({"exists": "my field"}, "exists `my field`"),
        ({"missing": "year"}, "missing year"),
        ({"or": [{"a": 1}, {"b": 2, "c": 3}]}, "a = 1 or b = 2 and c = 3"),
        ({"and": [{"or": [{"a": 1}, {"b": 2}]}, {"c": 3}]}, "(a = 1 or b = 2) and c = 3"),
        ({"not": {"a": 1, "b": 2}}, "not (a = 1 and b = 2)"),
        ({"and": ["`not` = 1", {"year": 2020}]}, "`not` = 1 and year = 2020"),
        ("year >= 2020", "year >= 2020"),
        ({"a": "half \ud800"}, "a = 'half ?'"),
    ],
)
def test_json_means_the_expression(value, text):
    assert Filter.from_json(value) == Filter.parse(text)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "filter: expected an object or an expression, found {}"),
        ([], "filter: expected an object or an expression, found []"),
        (None, "filter: expected an object or an expression, found None"),
        ({"and": []}, "filter: 'and' takes a list of filters, found []"),
        ({"or": {"a": 1}}, "filter: 'or' takes a list of filters, found {'a': 1}"),
        ({"not": 5}, "filter: expected an object or an expression, found 5"),
        ({"exists": ["a"]}, "filter: 'exists' takes the name of a field, found ['a']"),
        ({"a": {}}, "filter: 'a' has an empty object"),
        ({"a": []}, "filter: 'in' of 'a' takes a list of values, found []"),
        ({"a": {"~": 1}}, "filter: 'a' has the unknown operator '~'; choose one of =, ==, !=, <>, <, <=, >, >=, in,"),
        ({"a": {"between": [1]}}, "filter: 'between' of 'a' takes two values, found [1]"),
        ({"a": {"in": "xy"}}, "filter: 'in' of 'a' takes a list of values, found 'xy'"),
        ({"a": None}, "filter: 'a' is compared with None, not a string, number or boolean; ask for documents without"),
        ({"a": {"=": [1]}}, "filter: 'a' is compared with [1], not a string, number or boolean"),
        ({"a": float("nan")}, "filter: a number is beyond the range of float64"),
        ({"a": 10**400}, "filter: a number is beyond the range of float64"),
        ({"or": ["a ="]}, "filter: expected a value at position 4"),
    ],
)
def test_mistakes_are_named(value, message):
    with pytest.raises(InputError) as raised:
        Filter.from_json(value)
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


def test_nesting_is_bounded():
    value = {"a": 1}
    for _ in range(300):
        value = {"not": value}
    with pytest.raises(InputError, match="nested more than 50 deep"):
        Filter.from_json(value)
