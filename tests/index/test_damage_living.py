"""Files of a living index are cut, overwritten, lengthened or lost: an error says so, or nothing that is found changes.

Also not by what comes after: recovery, a commit and a merge read what is damaged, and must not make it look whole.
"""

import random
import shutil
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from lsr_index import IndexFormatError, IndexNotFoundError, SparseIndex, Vocabulary, log, mapping
from lsr_index.documents import Document
from lsr_index.folder import log_generation
from tests.index.conftest import random_vectors
from tests.index.test_damage import files

TERMS = 20
QUERIES = csr_array(np.vstack([np.ones((1, TERMS)), np.eye(TERMS)]).astype(np.float32))
IDS = [f"d{n}" for n in range(330)]


def stored(document: str) -> Document:
    return Document(document, f"text of {document} " * 5, f"title {document}", {"number": int(document[1:])})


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Three segments, two with deletions, and three records in the log."""
    path = tmp_path_factory.mktemp("living") / "idx"
    vectors = random_vectors(4, len(IDS), TERMS)

    def add(writer, first, last):
        some = slice(first, last)
        writer.add(IDS[some], vectors[some], [stored(document) for document in IDS[some]])

    with SparseIndex.create(path, Vocabulary(f"t{n}" for n in range(TERMS)), exact=32) as builder:
        add(builder, 0, 300)
        builder.commit()
    with SparseIndex.open(path, writable=True) as writer:
        add(writer, 300, 310)
        writer.delete(["d3", "d250"])
        writer.commit()
        add(writer, 310, 320)
        writer.delete(["d305"])
        writer.commit()
        add(writer, 320, 325)
        writer.delete(["d7", "d312"])
        add(writer, 325, 330)
    return path


def answers(index):
    """All that can be asked of an index, but for document numbers, which a merge changes."""
    hits = index.search(QUERIES, len(IDS))
    narrow = index.search(QUERIES[:1], len(IDS), filter="number >= 100")[0]
    rescored = index.search(QUERIES, len(IDS), rescore=True)
    found = [(one.ids, one.scores.tolist()) for one in [*hits, narrow, *rescored]]
    documents = [index.fetch([number])[0] for name in IDS if (number := index.number(name)) is not None]
    return found, documents, index.vocabulary.terms


def ways(path):
    """Answers of a reader, then after a commit, then after a merge, as far as one gets."""
    yield lambda: answers(SparseIndex.open(path))
    with SparseIndex.open(path, writable=True) as writer:
        writer.commit()
        yield lambda: answers(writer.index)
        writer.merge(everything=True)
        yield lambda: answers(writer.index)


@dataclass(repr=False)
class Expected:
    """Answers of `ways`, for each number of records that the log has kept; no report of a failure prints them."""

    kept: list[Any]


@pytest.fixture(scope="module")
def expected(whole, tmp_path_factory):
    ends, kept = log_ends(whole), []
    for number, end in enumerate(ends):
        copy = tmp_path_factory.mktemp("expected") / f"{number}"
        shutil.copytree(whole, copy)
        file = next(copy.glob("log-*"))
        file.write_bytes(file.read_bytes()[:end])
        kept.append([answer() for answer in ways(copy)])
    assert len(kept) == 4
    return Expected(kept)


def log_ends(path):
    file = next(path.glob("log-*"))
    return [log.START.size, *(record.end for record in log.read(file, log_generation(file.name)))]


def damaged(content: bytes, kind: str, chance: random.Random) -> bytes:
    """Return a file's bytes after an accident of some kind."""
    first, last = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    if kind == "cut":
        return content[:first]
    if kind == "zeros":
        return content[:first] + bytes(last - first) + content[last:]
    if kind == "noise":
        return content[:first] + chance.randbytes(last - first) + content[last:]
    return content + chance.randbytes(1 + last - first)


@settings(max_examples=150, deadline=None)
@given(
    file=st.integers(0, 10**3), kind=st.sampled_from(["cut", "zeros", "noise", "longer"]), seed=st.integers(0, 10**6)
)
def test_damage_is_found_or_changes_nothing(whole, expected, tmp_path_factory, file, kind, seed):
    names = files(whole)
    changing = [one for one in names if one.startswith(("log-", "manifest")) or "deleted-" in one]
    names += changing * (len(names) // len(changing))  # half of all accidents
    name = names[file % len(names)]
    chance = random.Random(seed)
    folder = tmp_path_factory.mktemp("damaged")
    copy = folder / "idx"
    shutil.copytree(whole, copy)
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(damaged(content, kind, chance))
    # A log that lacks its end, or whose end is damaged, is as if its writer died then: a prefix of its records counts.
    allowed = expected.kept if name.startswith("log-") else expected.kept[-1:]
    message = str(copy)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(mapping, "SMALL", 64)  # maps what would only be mapped in a large index
            for place, answer in enumerate(ways(copy)):
                seen = answer()
                allowed = [one for one in allowed if one[place] == seen]
                assert allowed
    except IndexFormatError as error:
        message = str(error)
    shutil.rmtree(folder)
    assert str(copy) in message


def test_a_lost_file_is_missed(whole, tmp_path):
    for name in files(whole):
        copy = tmp_path / name.replace("/", "-")
        shutil.copytree(whole, copy)
        (copy / name).unlink()
        with pytest.raises((IndexFormatError, IndexNotFoundError)):
            SparseIndex.open(copy, writable=True)
        shutil.rmtree(copy)
