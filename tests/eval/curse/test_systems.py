"""Systems as the command line names them."""

import pytest

from lsr_eval.curse import elements
from lsr_eval.curse.systems import Dense, Sparse, parse
from lsr_index import InputError


def test_systems_as_they_are_written():
    assert parse("bm25, splade-tiny+if,dense:minilm@64,dense:a/b,bm25") == [
        Sparse("bm25", "bm25"),
        Sparse("splade-tiny+if", "splade-tiny", inference_free=True),
        Dense("dense:minilm@64", "minilm", 64),
        Dense("dense:a/b", "a/b"),
    ]


def test_dimensions_of_those_that_name_none():
    assert parse("dense:m,dense:m@96,dense:n@8", dims="384,96") == [
        Dense("dense:m@384", "m", 384),
        Dense("dense:m@96", "m", 96),
        Dense("dense:n@8", "n", 8),
    ]


@pytest.mark.parametrize(
    ("text", "dims", "message"),
    [
        ("", "", "the system '' names no model"),
        ("dense:", "", "the system 'dense:' names no model"),
        ("bm25+if", "", "bm25 has no network"),
        ("dense:minilm@0", "", "dense:minilm@0: '0' is no number of dimensions"),
        ("dense:minilm", "64,x", "--dims 64,x: 'x' is no number of dimensions"),
    ],
)
def test_systems_that_are_none(text, dims, message):
    with pytest.raises(InputError, match=message):
        parse(text, dims)


def test_elements_as_they_are_written():
    assert elements.parse("int8, float32,int8") == ["int8", "float32"]
    assert elements.parse("none") == []
    with pytest.raises(InputError, match="not kept as 'int4'; choose among float32, float16, int8, or none"):
        elements.parse("int4")
