import json

import numpy as np
import pytest

from lsr_index import InputError, Vocabulary
from lsr_index.exchange import parquet
from lsr_index.exchange.ciff.writer import writing
from lsr_index.exchange.sources import open_vectors
from lsr_index.vectors import concatenate
from tests.index.conftest import random_impacts

ROWS = random_impacts(1, 30, 5, density=0.8)
IDS = [str(n) for n in range(30)]
TERMS = list("abcde")


def write(path):
    if path.suffix == ".ciff":
        with writing(path, Vocabulary(TERMS), description="about") as file:
            file.add(IDS, ROWS)
    elif path.suffix == ".parquet":
        with parquet.VectorWriter(path, Vocabulary(TERMS)) as file:
            file.add(IDS, ROWS)
    elif path.suffix == ".npz":
        np.savez(path, indptr=ROWS.indptr, indices=ROWS.indices, values=ROWS.data)
    else:
        vectors = [
            dict(zip([TERMS[t] for t in row.indices], row.data.tolist(), strict=True))
            for row in map(ROWS.__getitem__, [[n] for n in range(30)])
        ]
        path.write_text(
            "".join(
                json.dumps({"id": n, "contents": "c", "vector": v}) + "\n" for n, v in zip(IDS, vectors, strict=True)
            )
        )
    return path


@pytest.mark.parametrize("name", ["x.ciff", "x.parquet", "x.npz", "x.jsonl"])
def test_every_format_gives_the_same_vectors(tmp_path, name):
    source = open_vectors(write(tmp_path / name))
    parts = list(source.batches())
    assert [one for ids, _, _ in parts for one in ids] == IDS
    assert (concatenate([rows for _, rows, _ in parts], 5) != ROWS).nnz == 0
    assert (source.count, source.named) == (30, name != "x.npz")
    assert source.vocabulary.terms == (list("01234") if name == "x.npz" else TERMS)
    assert (parts[0][2] is None) == (name != "x.jsonl")
    assert source.description == ("about" if name == "x.ciff" else "")


@pytest.mark.parametrize("name", ["x.ciff", "x.jsonl"])
def test_a_vocabulary_chooses_among_named_terms(tmp_path, name):
    source = open_vectors(write(tmp_path / name), Vocabulary(["e", "new", "a"]))
    rows = concatenate([rows for _, rows, _ in source.batches()], 3)
    assert (rows[:, [0]] != ROWS[:, [4]]).nnz == (rows[:, [2]] != ROWS[:, [0]]).nnz == 0


@pytest.mark.parametrize("name", ["x.ciff", "x.jsonl"])
def test_a_vocabulary_of_another_model(tmp_path, name):
    path = write(tmp_path / name)
    with pytest.raises(InputError, match=r"no term of .* is in the vocabulary"):
        list(open_vectors(path, Vocabulary(["other"])).batches())


def test_a_vocabulary_names_columns(tmp_path):
    source = open_vectors(write(tmp_path / "x.npz"), Vocabulary("abcdef"))
    assert (source.named, next(source.batches())[1].shape) == (True, (30, 6))
    with pytest.raises(InputError, match="5 columns, the vocabulary has 2 terms"):
        open_vectors(write(tmp_path / "x.npz"), Vocabulary("ab"))
