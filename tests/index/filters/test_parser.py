"""Expressions: what they mean, and what is said of those that mean nothing."""

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lsr_index.filters
from lsr_index import InputError
from lsr_index.filters import Filter
from tests.index.filters.strategies import comparisons, joined

NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
LITERALS = st.one_of(NUMBERS, st.booleans(), st.text(max_size=5))
NAMES = st.one_of(st.text(max_size=5), st.from_regex(r"(?i)not|missing|in|[a-z.]{1,3}|[\w.-]{1,4}", fullmatch=True))


@settings(max_examples=300)
@given(joined(NAMES.flatmap(lambda name: comparisons(name, LITERALS))))
def test_a_filter_is_what_its_text_parses_to(node):
    parsed = Filter.parse(str(node))
    assert parsed == Filter(node)
    assert hash(parsed) == hash(Filter(node))
    assert parsed.node == node


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a=1", "a = 1"),
        ("a == 1 AND b <> 'x'", "a = 1 and b != 'x'"),
        ('a = "it\'s"', "a = 'it''s'"),
        ("a = -1.50e2", "a = -150.0"),
        ("a = 1 or b = 2 and c = 3", "a = 1 or b = 2 and c = 3"),
        ("(a = 1 or b = 2) and c = 3", "(a = 1 or b = 2) and c = 3"),
        ("((a = 1) and (b = 2 and (c = 3)))", "a = 1 and b = 2 and c = 3"),
        ("not a = 1 and b = 2", "not a = 1 and b = 2"),
        ("not (a = 1 and b = 2)", "not (a = 1 and b = 2)"),
        ("missing a.b", "not exists a.b"),
        ("a between 1 and 2 and b not in (1,'x',true)", "a between 1 and 2 and b not in (1, 'x', true)"),
        ('"in" in (1)', "`in` in (1)"),
        ('"a b" = 1 or `a``b` = 1 or `plain` = 1', "`a b` = 1 or `a``b` = 1 or plain = 1"),
        ("größe-neu >= 5\n", "größe-neu >= 5"),
    ],
)
def test_canonical_text(text, canonical):
    assert str(Filter.parse(text)) == canonical


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "filter: expected a field at position 1, found the end"),
        ("a", "filter: expected a comparison (=, !=, <, <=, >, >=, in, not in, between) at position 2, found the end"),
        ("a =", "filter: expected a value at position 4, found the end"),
        ("a = b", "filter: expected a value at position 5, found 'b'; put strings into quotes: 'b'"),
        (
            "a = null",
            "filter: expected a value at position 5, found 'null'; ask for documents without a value by: missing",
        ),
        ("a = 1 b = 2", "filter: expected 'and', 'or' or the end at position 7, found 'b'"),
        ("a = 2020-01-01", "filter: expected 'and', 'or' or the end at position 9, found '-01'"),
        ("(a = 1", "filter: expected 'and', 'or' or ')' at position 7, found the end"),
        ("a = 1)", "filter: expected 'and', 'or' or the end at position 6, found ')'"),
        ("a in 1", "filter: expected '(' at position 6, found '1'"),
        ("a in ()", "filter: expected a value at position 7, found ')'"),
        ("a in (1 2)", "filter: expected ',' or ')' at position 9, found '2'"),
        ("a not = 1", "filter: expected 'in' at position 7, found '='"),
        ("a between 1 or 2", "filter: expected 'and' at position 13, found 'or'"),
        ("in = 1", "filter: expected a field at position 1, found 'in'; put such a name into backticks: `my field`"),
        (
            "'a' = 1",
            "filter: expected a field at position 1, found \"'a'\"; put such a name into backticks: `my field`",
        ),
        ("a = 'x", "filter: the quote ' at position 5 is not closed"),
        ("a = 1 & b = 2", "filter: the character '&' at position 7 means nothing here"),
        ("a = 1e999", "filter: a number is beyond the range of float64"),
        ("a = 1" + "0" * 5000, "filter: a number is beyond the range of float64"),
        ("(" * 60 + "a = 1" + ")" * 60, "filter: nested more than 50 deep at position 51"),
        ("not " * 60 + "a = 1", "filter: nested more than 50 deep at position 201"),
        ("a = 1 \n" + "x" * 99, "filter: expected 'and', 'or' or the end at position 8, found '" + "x" * 40 + "…'"),
    ],
)
def test_mistakes_name_the_position(text, message):
    with pytest.raises(InputError) as raised:
        Filter.parse(text)
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


@settings(max_examples=300)
@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from("a `b` 'c' 1 and or not in ( ) , = < between exists true".split())).map(" ".join),
    )
)
def test_any_text_is_a_filter_or_an_error(text):
    try:
        parsed = Filter.parse(text)
    except InputError:
        return
    assert Filter.parse(str(parsed)) == parsed


def test_filters_join():
    first, second = Filter.parse("a = 1 or b = 2"), Filter.parse("c = 3")
    assert str(first & second) == "(a = 1 or b = 2) and c = 3"
    assert str(second | first) == "c = 3 or a = 1 or b = 2"
    assert str(~first) == "not (a = 1 or b = 2)"
    assert (first & second).fields == {"a", "b", "c"}


def test_one_and_true_are_different_filters():
    assert Filter.parse("a = 1") != Filter.parse("a = true")


def test_the_documented_examples():
    assert doctest.testmod(lsr_index.filters).failed == 0
