"""Whatever happens to a file of an index, the answer is a clear error, never a wrong result."""

import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from lsr_index import IndexFormatError, SparseIndex, Vocabulary
from lsr_index.documents import Document
from tests.index.conftest import random_vectors


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("damage") / "idx"
    documents = [Document(f"d{n}", f"the text of document {n} " * 5, f"title {n}", {"number": n}) for n in range(600)]
    with SparseIndex.create(path, Vocabulary(f"t{n}" for n in range(40))) as writer:
        writer.add([d.id for d in documents], random_vectors(1, 600, 40), documents)
        writer.commit()
    return path


def files(path):
    return sorted(str(file.relative_to(path)) for file in path.rglob("*") if file.is_file())


def use(path):
    """Open, search, and read every document."""
    index = SparseIndex.open(path)
    index.search(csr_array(np.ones((1, 40), np.float32)), 600)
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


def test_verify_finds_damage_that_opening_leaves_for_later(whole, tmp_path):
    copy = tmp_path / "idx"
    shutil.copytree(whole, copy)
    file = copy / "segment-0001" / "documents.parquet"
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    index = SparseIndex.open(copy)
    with pytest.raises(IndexFormatError, match=r"documents\.parquet"):
        index.fetch([0])
    assert index.fetch([599])[0].id == "d599"  # another row group
    with pytest.raises(IndexFormatError, match=r"documents\.parquet"):
        SparseIndex.open(copy, verify=True)


@pytest.mark.parametrize(
    ("change", "message"), [({"version": 99}, "version 99, this lsr reads version 2"), ({"documents": 5}, "checksum")]
)
def test_a_changed_manifest_is_refused(whole, tmp_path, change, message):
    copy = tmp_path / "idx"
    shutil.copytree(whole, copy)
    body = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(body | change))
    with pytest.raises(IndexFormatError, match=message):
        SparseIndex.open(copy)
