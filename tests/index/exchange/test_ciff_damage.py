"""CIFF files that something is wrong with: one clear line, never a crash, never half an answer."""

import gzip
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsr_index import InputError, Vocabulary
from lsr_index.exchange.ciff import reader, writer
from lsr_index.exchange.ciff.messages import delimited, field
from tests.index.conftest import random_impacts

NEGATIVE = (1 << 64) - 1  # -1, as protobuf writes it


def header(lists=1, documents=2, version=1):
    return delimited(field(1, version) + field(2, lists) + field(3, documents))


def postings_list(*postings, term=b"cat", frequency=None, more=b""):
    body = field(1, term) + field(2, len(postings) if frequency is None else frequency)
    return delimited(body + b"".join(field(4, field(1, gap) + field(2, impact)) for gap, impact in postings) + more)


def record(number, name=b"x"):
    return delimited(field(1, number) + field(2, name))


RECORDS = record(0, b"zero") + record(1, b"one")
GOOD = header() + postings_list((0, 3), (1, 255)) + RECORDS


def read(tmp_path, content, name="x.ciff"):
    (tmp_path / name).write_bytes(content)
    return reader.read(tmp_path / name)


def test_the_parts_make_a_good_file(tmp_path):
    found = read(tmp_path, GOOD)
    assert (found.ids, found.terms) == (["zero", "one"], ["cat"])
    assert (found.documents.tolist(), found.impacts.tolist()) == ([0, 1], [3, 255])


def test_what_other_writers_may_do(tmp_path):
    """Fields that we do not know, in messages of every kind; zeros written out; impacts of 0, which weigh nothing."""
    unknown = field(9, 7) + field(10, b"text") + field(11, 0.5) + b"\x65abcd"  # the last is field 12, four bytes
    zero = b"\x08\x00\x10\x07"  # document 0, impact 7
    inner = delimited(
        field(1, b"cat")
        + field(2, 3)
        + field(4, zero + unknown)
        + field(4, field(1, 1))
        + unknown
        + field(4, field(2, 9) + field(1, 1))
    )
    first = delimited(field(1, 1) + field(2, 1) + field(3, 3) + unknown)
    records = record(0) + record(1, b"y") + delimited(unknown + field(1, 2) + field(2, b"z"))
    found = read(tmp_path, first + inner + records)
    assert (found.documents.tolist(), found.impacts.tolist(), found.ids) == ([0, 2], [7, 9], ["x", "y", "z"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cut off at byte 0"),
        (b"hello, this is text", "not a CIFF file|cut off"),
        (header(version=2) + RECORDS, "header says version 2"),
        (header(version=0), "header says version 0"),
        (header(lists=NEGATIVE), "header says -1 postings lists"),
        (delimited(field(1, b"x")), "its counts are no whole numbers"),
        (delimited(b"\x0b"), "no header .wire type 3"),
        (b"\xff\xff\xff\xff\xff\x01", "byte 0: no length of a message"),
        (header() + postings_list((0, 256)) + RECORDS, "'cat'.: the impact 256 is not within 0 … 255; .* .byte 7 of"),
        (header() + postings_list((0, NEGATIVE)) + RECORDS, "the impact -1 is not"),
        (header() + postings_list((1, 1), (0, 1)) + RECORDS, "documents must rise, 0 is added"),
        (header() + postings_list((1, 1), (NEGATIVE, 1)) + RECORDS, "documents must rise, -1 is added"),
        (header() + postings_list((0, 1), (2, 1)) + RECORDS, "document 2 is none of the 2"),
        (header() + postings_list((NEGATIVE, 1)) + RECORDS, "document -1 is none"),
        (header() + postings_list((1 << 62, 1), (1 << 62, 1)) + RECORDS, "is none of the 2"),
        (header() + postings_list((0, 1), frequency=2) + RECORDS, "1 postings, its document frequency is 2"),
        (header() + postings_list((0, 1), term=b"") + RECORDS, "it has no term"),
        (header() + postings_list((0, 1), term=b"\xff") + RECORDS, "its term is not UTF-8"),
        (header(2) + 2 * postings_list((0, 1)) + RECORDS, "list 2 at byte .*an earlier list has the same term"),
        (header() + postings_list((0, 1), more=b"\x22\x7f") + RECORDS, "no protobuf message"),
        (header() + postings_list((0, 1), more=b"\x22\x01\x08") + RECORDS, "no protobuf message"),
        (header() + postings_list((0, 1), more=b"\x07") + RECORDS, "no protobuf message"),
        (header() + postings_list((0, 1), more=b"\x80" * 11) + RECORDS, "no protobuf message"),
        (header(2) + postings_list((0, 1)) + RECORDS, "list 2 at byte"),
        (header(0) + postings_list((0, 1)) + RECORDS, "record 1 at byte 5: no document record: it is something else"),
        (header() + postings_list((0, 1)) + record(0), "cut off at byte"),
        (GOOD + record(2), "more messages than the header says"),
        (header() + postings_list((0, 1)) + record(0) + record(0), "it is of document 0, expected 1"),
        (header() + postings_list((0, 1)) + record(0) + record(1, b""), "document 1 has no id"),
        (header() + postings_list((0, 1)) + record(0) + record(1, b"\xff"), "no document record: .*utf-8"),
        (header() + postings_list((0, 1)) + record(0) + delimited(b"\x08"), "it ends within a number"),
        (header() + postings_list((0, 1)) + record(0) + delimited(b"\x12\x05a"), "longer than its message"),
        (header() + postings_list((0, 1)) + record(0) + delimited(b"\x08" + b"\xff" * 10), "more than ten bytes"),
    ],
)
def test_malformed(tmp_path, content, message):
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, content)
    assert str(caught.value).startswith(str(tmp_path / "x.ciff"))
    assert "\n" not in str(caught.value)


def test_every_cut_is_noticed(tmp_path):
    for size in range(len(GOOD)):
        with pytest.raises(InputError, match=f"cut off at byte {size}"):
            read(tmp_path, GOOD[:size])


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-9], lambda data: data[:20] + b"?????" + data[25:], lambda _: GOOD]
)
def test_damaged_gzip(tmp_path, damage):
    with pytest.raises(InputError, match="not a whole gzip file"):
        read(tmp_path, damage(gzip.compress(GOOD * 3)), "x.ciff.gz")


def test_not_there(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        reader.read(tmp_path / "x.ciff")
    with pytest.raises(InputError, match="is not a file"):
        reader.read(tmp_path)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    path = tmp_path_factory.mktemp("ciff") / "sample.ciff"
    with writer.writing(path, Vocabulary(f"t{n}" for n in range(12))) as file:
        file.add([f"d{n}" for n in range(40)], random_impacts(9, 40, 12))
    return path


@settings(max_examples=200)
@given(st.data())
def test_any_change_is_an_error_or_a_file(sample, data):
    """CIFF has no checksums: a changed byte may make another file, but it is one that holds together."""
    content = bytearray(sample.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    changed = sample.with_name("changed.ciff")
    changed.write_bytes(content)
    try:
        found = reader.read(changed)
    except InputError as error:
        assert re.match(r"\S+changed\.ciff", str(error))  # noqa: PT017
        return
    for ids, rows in found.batches():
        assert rows.shape == (len(ids), len(found.terms))
        assert rows.has_canonical_format
        assert not rows.nnz or 1 <= rows.data.min() <= rows.data.max() <= 255
