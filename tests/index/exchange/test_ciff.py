"""CIFF: what is written is read again, whatever it is."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from lsr_index import InputError, Vocabulary
from lsr_index.exchange.ciff import reader, writer
from lsr_index.vectors import concatenate
from tests.index.conftest import random_impacts

TERMS = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=6), min_size=1, max_size=8, unique=True)


@st.composite
def collections(draw):
    """Terms, and documents: id and {term number: impact}."""
    terms = draw(TERMS)
    impacts = st.dictionaries(st.integers(0, len(terms) - 1), st.integers(1, 255))
    return terms, draw(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), impacts, max_size=12))


def write(path, terms, ids, rows, **options):
    with writer.writing(path, Vocabulary(terms), **options) as file:
        file.add(ids, rows)
    return path


def rows_of(documents, size):
    matrix = np.zeros((len(documents), size), dtype=np.float32)
    for row, weights in zip(matrix, documents, strict=True):
        for term, impact in weights.items():
            row[term] = impact
    return csr_array(matrix)


@settings(max_examples=100)
@given(collections(), st.sampled_from(["x.ciff", "x.ciff.gz"]))
@example((["a"], {}), "x.ciff")
@example((["a"], {"only": {}}), "x.ciff")
@example((["b", "a"], {"x": {0: 255, 1: 128}, "empty": {}, "y": {1: 127}}), "x.ciff")
def test_round_trip(tmp_path_factory, collection, name):
    terms, documents = collection
    rows = rows_of(documents.values(), len(terms))
    path = write(tmp_path_factory.mktemp("ciff") / name, terms, list(documents), rows)
    found = reader.read(path)
    assert found.ids == list(documents)
    assert found.terms == sorted(term for number, term in enumerate(terms) if rows[:, [number]].nnz)
    again = concatenate([part for _, part in found.batches(Vocabulary(terms))], len(terms))
    assert again.shape == rows.shape
    assert (again != rows).nnz == 0


def test_batches_are_cut_anywhere_and_sorted(tmp_path, monkeypatch):
    rows = random_impacts(3, 50, 7)
    terms = list("gfedcba")
    with writer.writing(tmp_path / "x.ciff", Vocabulary(terms)) as file:
        file.add([f"d{n}" for n in range(20)], rows[:20])
        file.add([f"d{n}" for n in range(20, 50)], rows[20:])
    found = reader.read(tmp_path / "x.ciff")
    for size, count in (1, 13), (7, 8), (4096, 1):  # at least four documents together have as many postings as terms
        monkeypatch.setattr(reader, "BATCH", size)
        parts = list(found.batches(Vocabulary(terms)))
        assert len(parts) == count
        assert [name for ids, _ in parts for name in ids] == [f"d{n}" for n in range(50)]
        assert all(part.has_sorted_indices for _, part in parts)
        assert (concatenate([part for _, part in parts], 7) != rows).nnz == 0


def test_another_vocabulary_chooses_and_places_the_columns(tmp_path):
    rows = random_impacts(4, 30, 3, density=0.9)
    found = reader.read(write(tmp_path / "x.ciff", "abc", [str(n) for n in range(30)], rows))
    (_, part), *_ = found.batches(Vocabulary(["c", "new", "a"]))
    assert (part[:, [0]] != rows[:, [2]]).nnz == (part[:, [2]] != rows[:, [0]]).nnz == part[:, [1]].nnz == 0


def test_lists_need_not_stand_in_order(tmp_path):
    """Ours do; other writers' may not."""
    rows = random_impacts(5, 20, 4, density=0.9)
    found = reader.read(write(tmp_path / "x.ciff", "abcd", [str(n) for n in range(20)], rows))
    mixed = reader.CiffVectors(
        found.header, ["b", "d", "a", "c"], found.ids, found.ends, found.documents, found.impacts
    )
    (_, part), *_ = mixed.batches(Vocabulary("abcd"))
    assert (part[:, [1, 3, 0, 2]] != rows).nnz == 0
    assert part.has_sorted_indices


def test_the_header_counts_and_describes(tmp_path):
    write(tmp_path / "x.ciff", "ab", ["x", "y"], csr_array([[3.0, 0], [0, 0]]), description="weighed by hand")
    header = reader.read_header(tmp_path / "x.ciff")
    assert (header.postings_lists, header.documents, header.description) == (1, 2, "weighed by hand")


def test_the_same_vectors_give_the_same_bytes(tmp_path):
    rows = random_impacts(6, 40, 9)
    first, second = (
        write(tmp_path / name, "abcdefghi", [str(n) for n in range(40)], rows) for name in ("x.ciff.gz", "y.ciff.gz")
    )
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("weight", [256.0, 0.5, -1.0, 1e30, np.nan])
def test_weights_that_are_no_impacts(tmp_path, weight):
    with pytest.raises(InputError, match="no whole number from 1 to 255"):
        write(tmp_path / "x.ciff", "a", ["x"], csr_array([[weight]], dtype=np.float32))
    assert list(tmp_path.iterdir()) == []


def test_terms_that_are_no_text(tmp_path):
    with pytest.raises(InputError, match=r"'\\ud800' is no text"):
        write(tmp_path / "x.ciff", ["\ud800"], ["x"], csr_array([[1.0]]))
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_what_was_there(tmp_path):
    (tmp_path / "x.ciff").write_text("before")

    def fail():
        with writer.writing(tmp_path / "x.ciff", Vocabulary("a")) as file:
            file.add(["x"], csr_array([[1.0]]))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.ciff", "before")]
    with pytest.raises(InputError, match="there is no folder"):
        write(tmp_path / "no" / "x.ciff", "a", ["x"], csr_array([[1.0]]))
