import math
import subprocess
import sys

import numpy as np
import pytest

from lsr import Retriever, SparseEncoder
from lsr_index import ModelError
from tests.conftest import WORDS


def test_queries_are_idf_weights_of_distinct_tokens(tiny_model):
    encoder = SparseEncoder.from_pretrained(tiny_model, inference_free=True)
    encoder.fit(["the cat", "the dog", "the the mat"])
    row = encoder.encode_queries(["the cat cat far"]).toarray()[0]
    # ln(1 + (N - n + 0.5) / (n + 0.5)) with N = 3
    expected = {"the": math.log(1 + 0.5 / 3.5), "cat": math.log(1 + 2.5 / 1.5), "far": math.log(1 + 3.5 / 0.5)}
    assert {WORDS[n]: pytest.approx(row[n], rel=1e-6) for n in np.flatnonzero(row)} == expected


def test_documents_are_the_models(tiny_model):
    free = SparseEncoder.from_pretrained(tiny_model, inference_free=True)
    full = SparseEncoder.from_pretrained(tiny_model)
    assert (free.encode_documents(["the cat"]) != full.encode_documents(["the cat"])).nnz == 0


def test_queries_before_fitting(tiny_model):
    with pytest.raises(ModelError, match="fit it on the corpus"):
        SparseEncoder.from_pretrained(tiny_model, inference_free=True).encode_queries(["cat"])


def test_an_index_answers_without_torch(tmp_path, tiny_model):
    built = Retriever.build(
        ["the cat sat", "dogs ran far"], model=str(tiny_model), path=tmp_path / "idx", inference_free=True
    )
    expected = [(hit.id, hit.score) for hit in built.search("cat far")]
    assert expected
    program = (
        "import sys; from lsr import Retriever\n"
        f"hits = Retriever.open({str(tmp_path / 'idx')!r}).search('cat far')\n"
        "assert not {'torch', 'transformers'} & set(sys.modules), 'torch was imported'\n"
        "print([(hit.id, hit.score) for hit in hits])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(expected)
