import pytest

from lsr_index import InputError, Vocabulary


def test_ids_are_positions():
    vocabulary = Vocabulary(["b", "a"])
    assert (vocabulary.get("b"), vocabulary.get("a"), vocabulary.get("c")) == (0, 1, None)


def test_duplicate_terms_are_refused():
    with pytest.raises(InputError, match="'a' occurs twice"):
        Vocabulary(["a", "b", "a"])


@pytest.mark.parametrize("other", [["b", "a"], ["ab"], ["a"], ["a", "b", ""]])
def test_fingerprint_tells_vocabularies_apart(other):
    assert Vocabulary(["a", "b"]).fingerprint != Vocabulary(other).fingerprint


def test_fingerprint_is_sha256_of_length_prefixed_terms():
    import hashlib

    expected = hashlib.sha256(b"\x01\0\0\0a\x02\0\0\0\xc3\xa9").hexdigest()
    assert Vocabulary(["a", "é"]).fingerprint == expected
