import numpy as np
import pytest
from scipy.sparse import csr_array

from lsr_index import InputError, Vocabulary, VocabularyMismatchError, vectors


def test_rows_are_sorted_and_zeros_dropped_in_a_copy():
    given = csr_array((np.array([2.0, 0.0, 1.0]), np.array([4, 2, 1]), np.array([0, 3])), shape=(1, 5))
    checked = vectors.checked(given, 5)
    assert checked.indices.tolist() == [1, 4]
    assert checked.data.tolist() == [1.0, 2.0]
    assert given.indices.tolist() == [4, 2, 1]


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf, 1e31])
def test_bad_weights_name_row_and_value(weight):
    given = csr_array(np.array([[1.0, 0.0], [0.0, weight]]))
    with pytest.raises(InputError, match="row 1 has the weight "):
        vectors.checked(given, 2)


def test_another_width_is_another_vocabulary():
    with pytest.raises(VocabularyMismatchError, match="the vocabulary has 3 terms"):
        vectors.checked(csr_array((1, 2)), 3)


def test_unknown_terms_are_dropped():
    rows = vectors.from_terms([{"b": 2.0, "zebra": 9.0}, {}], Vocabulary(["a", "b"]))
    assert rows.toarray().tolist() == [[0.0, 2.0], [0.0, 0.0]]


def test_no_rows():
    assert vectors.from_rows([], 7).shape == (0, 7)
    assert vectors.concatenate([], 7).shape == (0, 7)
