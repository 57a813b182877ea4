import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsr_index import InputError
from lsr_index.exchange import token_queries
from lsr_index.exchange.token_queries import COLON, TAB

WORDS = st.text(min_size=1, max_size=5).filter(lambda text: text.split() == [text] and text.isprintable())
QUERIES = st.dictionaries(
    WORDS.filter(lambda text: ":" not in text), st.dictionaries(WORDS, st.integers(1, 4), max_size=4), min_size=1
)


@settings(max_examples=50)
@given(QUERIES, st.sampled_from([TAB, COLON]))
def test_round_trip(tmp_path_factory, queries, separator):
    path = tmp_path_factory.mktemp("queries") / "q"
    lines = [token_queries.line(name, weights.items(), 1, separator) for name, weights in queries.items()]
    path.write_bytes("".join(lines).encode())
    found = token_queries.read(path)
    assert found == queries
    assert list(found) == list(queries)


def test_weights_become_repetitions():
    assert token_queries.line("q1", [("cat", 0.03), ("sat", 0.01), ("the", 0.004)], 100) == "q1\tcat cat cat sat\n"
    assert token_queries.line("q1", [("cat", 2.0)], 1, COLON) == "q1:cat cat\n"


def test_both_forms_in_one_file(tmp_path):
    (tmp_path / "q").write_text("7:##ing : cat:\na:b\tc d\nlast:\n")
    assert token_queries.read(tmp_path / "q") == {
        "7": {"##ing": 1, ":": 1, "cat:": 1},
        "a:b": {"c": 1, "d": 1},
        "last": {},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("q1 cat\n", "q:1: expected id"),
        ("q\ta\nq:b\n", "q:2: the query id 'q' occurs twice"),
        ("ok:a\nwhat is this: a question\n", "q:2: expected id"),
        (":a\n", "q:1: expected id"),
        ("\n", "has no queries"),
    ],
)
def test_malformed(tmp_path, text, message):
    (tmp_path / "q").write_text(text)
    with pytest.raises(InputError, match=message):
        token_queries.read(tmp_path / "q")


@pytest.mark.parametrize(
    ("query", "term", "separator"),
    [
        ("q", "two words", TAB),
        ("q", "", TAB),
        ("a\tb", "x", TAB),
        ("a\nb", "x", TAB),
        ("a:b", "x", COLON),
        ("a b", "x", COLON),
    ],
)
def test_what_a_form_cannot_carry(query, term, separator):
    with pytest.raises(InputError, match="white space"):
        token_queries.line(query, [(term, 1.0)], 100, separator)


def test_a_byte_order_mark_is_no_part_of_the_first_id(tmp_path):
    (tmp_path / "q.tsv").write_bytes(b"\xef\xbb\xbfq1\tcat\n")
    assert list(token_queries.read(tmp_path / "q.tsv")) == ["q1"]
