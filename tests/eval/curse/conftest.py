"""Two small collections, and a dense encoder that counts letters."""

import string

import numpy as np
import pytest

from lsr.training.teachers.vector_cache import DenseCache
from lsr_eval.curse.pool import gather
from tests.eval.conftest import DOCUMENTS, QUERIES, TEST_QRELS, write_beir

OTHERS = {f"o{n}": ("", f"{word} of another collection") for n, word in enumerate("moon dough oxygen soda".split())}


class LetterEmbedder:
    """float32[n, 26] of how often each letter occurs; tells what it was asked to encode."""

    identity = "letters"

    def __init__(self, dies_after=10**6):
        self.texts = []
        self._left = dies_after

    def fit(self, documents):
        list(documents)

    def encode(self, texts, side, progress):
        if not self._left:
            raise KeyboardInterrupt
        self._left -= 1
        self.texts += texts
        progress(len(texts))
        counts = [[text.lower().count(letter) for letter in string.ascii_lowercase] for text in texts]
        return np.array(counts, dtype=np.float32)

    def open_cache(self, folder):
        return DenseCache(folder, 26, "float32")


@pytest.fixture
def folders(tmp_path):
    """`tiny`, with judgements (d1, d2, d5 and d6 of six documents), and `other`, where tiny's d1 stands once more."""
    tiny = write_beir(tmp_path / "tiny", QUERIES, {"test.tsv": TEST_QRELS})
    documents = {**OTHERS, "copy": DOCUMENTS["d1"]}
    other = write_beir(tmp_path / "other", {"q1": "soda"}, {"test.tsv": "q1\to3\t1\n"}, documents)
    return [str(tiny), str(other)]


@pytest.fixture
def pool(folders):
    return gather(folders)
