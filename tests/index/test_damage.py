"""Whatever happens to a file of an index, the answer is a clear error, never a wrong result."""

import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from lsr_index import IndexFormatError, SparseIndex, Vocabulary, mapping
from lsr_index.documents import Document
from tests.index.conftest import build, random_vectors


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("damage") / "idx"
    documents = [Document(f"d{n}", f"the text of document {n} " * 5, f"title {n}", {"number": n}) for n in range(600)]
    vectors = random_vectors(1, 600, 40)
    with SparseIndex.create(path, Vocabulary(f"t{n}" for n in range(40)), exact=16) as builder:
        builder.add([d.id for d in documents[:590]], vectors[:590], documents[:590])
        builder.commit()
    with SparseIndex.open(path, writable=True) as writer:
        writer.add([d.id for d in documents[590:]], vectors[590:], documents[590:])
        writer.delete(["d3", "d595"])
        writer.commit()
        writer.add(["pending"], vectors[:1])
        writer.delete(["d5"])
    return path


def files(path):
    every = (str(file.relative_to(path)) for file in path.rglob("*") if file.is_file())
    return sorted(name for name in every if name != "write.lock")


def use(path):
    """Open for writing and for reading, search, and read every document and its id."""
    SparseIndex.open(path, writable=True).close()
    index = SparseIndex.open(path)
    index.search(csr_array(np.ones((1, 40), np.float32)), 600, rescore=True)
    assert index.number("d7") == 7
    columns = [segment.fields.column("number") for segment in index.segments]
    assert [column[0].as_py() for column in columns if column] == [0, 590]
    return index.vocabulary, index.fetch(range(600))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_flipped_bit_is_found(whole, tmp_path_factory, data):
    copy = tmp_path_factory.mktemp("flip") / "idx"
    shutil.copytree(whole, copy)
    file = copy / data.draw(st.sampled_from(files(whole)))
    content = bytearray(file.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    file.write_bytes(content)
    with pytest.raises(IndexFormatError, match=file.name):
        use(copy)
    shutil.rmtree(copy)


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_truncated_file_is_found(whole, tmp_path, share):
    for name in files(whole):
        if name.startswith("log-"):
            continue  # what lacks its end was never acknowledged; see test_log.py
        copy = tmp_path / name.replace("/", "-")
        shutil.copytree(whole, copy)
        content = (copy / name).read_bytes()
        (copy / name).write_bytes(content[: int(len(content) * share)])
        with pytest.raises(IndexFormatError, match=(copy / name).name):
            SparseIndex.open(copy)


def test_a_missing_file_is_found(whole, tmp_path):
    copy = tmp_path / "idx"
    shutil.copytree(whole, copy)
    (copy / "vocabulary.json").unlink()
    with pytest.raises(IndexFormatError, match="missing"):
        SparseIndex.open(copy)


def test_verify_finds_damage_that_opening_leaves_for_later(tmp_path):
    copy = tmp_path / "idx"
    vocabulary = Vocabulary([f"t{n}" for n in range(40)])
    letters = np.random.default_rng(3).bytes(200_000).hex()  # hardly compressible: several pages
    with SparseIndex.create(copy, vocabulary) as writer:
        documents = [Document(f"d{n}", letters[600 * n : 600 * n + 600]) for n in range(581)]
        writer.add([document.id for document in documents], random_vectors(1, 581, 40, 0.2), documents)
        writer.commit()
    file = copy / "segment-000001" / "documents.jsonl.zst"
    content = bytearray(file.read_bytes())
    assert len(content) > 2 * mapping.PAGE
    content[100] ^= 1
    file.write_bytes(content)
    index = SparseIndex.open(copy)
    with pytest.raises(IndexFormatError, match=r"documents\.jsonl\.zst"):
        index.fetch([0])
    assert index.fetch([580])[0].id == "d580"  # another page
    with pytest.raises(IndexFormatError, match=r"documents\.jsonl\.zst"):
        SparseIndex.open(copy, verify=True)


@pytest.mark.parametrize(
    ("change", "message"), [({"version": 99}, "version 99, this lsr reads version 4"), ({"generation": 5}, "checksum")]
)
def test_a_changed_manifest_is_refused(whole, tmp_path, change, message):
    copy = tmp_path / "idx"
    shutil.copytree(whole, copy)
    body = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(body | change))
    with pytest.raises(IndexFormatError, match=message):
        SparseIndex.open(copy)


def test_terms_whose_pages_are_whole_are_answered(tmp_path):
    index = build(tmp_path / "idx", random_vectors(2, 30_000, 40, 0.1), order=False)
    terms = csr_array(np.eye(40, dtype=np.float32))
    expected = [hits.ids for hits in index.search(terms)]
    file = tmp_path / "idx" / "segment-000001" / "postings.npy"
    content = bytearray(file.read_bytes())
    assert len(content) > 3 * mapping.PAGE
    content[-1] ^= 1
    file.write_bytes(content)
    index = SparseIndex.open(tmp_path / "idx")
    assert [hits.ids for hits in index.search(terms[:10])] == expected[:10]
    for _ in range(2):  # what was found damaged once stays refused
        with pytest.raises(IndexFormatError, match=r"postings\.npy is damaged: page \d fails"):
            index.search(terms[[39]])
    with pytest.raises(IndexFormatError, match="page"):
        index.explain(terms[[39]], 0)
    assert index.search(terms[[0]])[0].ids == expected[0]
