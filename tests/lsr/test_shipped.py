"""Models that come with lsr: small, found by name, and the same in sentence-transformers."""

from pathlib import Path

import numpy as np
import pytest

from lsr import SparseEncoder
from lsr.encoders import DEFAULT_MODEL, formats
from lsr.encoders.finding import SHIPPED, canonical, find, shipped
from lsr.training.recipe import read

LONG = " ".join(f"word {n} of a text" for n in range(200))
TEXTS = ["What makes people grow old?", "Cells are damaged as we age, and repair slows down.", "Paris", LONG, ""]


def test_a_folder_of_that_name_does_not_get_in_the_way(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in shipped():
        (tmp_path / name).mkdir()
        assert find(name) == SHIPPED / name
        assert canonical(name) == name


@pytest.mark.parametrize("name", shipped())
def test_it_is_small_and_sentence_transformers_gives_the_same_vectors(name):
    from sentence_transformers import SparseEncoder as Theirs

    assert sum(path.stat().st_size for path in find(name).rglob("*")) <= 50_000_000
    ours, theirs = SparseEncoder.from_pretrained(name, dtype="float32"), Theirs(str(find(name)), device="cpu")
    for encode, same in [
        (ours.encode_documents, theirs.encode_document),
        (ours.encode_queries, theirs.encode_query),
    ]:
        expected = same(TEXTS[:4]).to_dense().float().numpy()
        np.testing.assert_allclose(encode(TEXTS).toarray()[:4], expected, atol=1e-3)
    assert encode(TEXTS).toarray()[0].any()


def test_the_default_model_comes_with_lsr():
    assert DEFAULT_MODEL in shipped()


@pytest.mark.parametrize("name", shipped())
def test_it_is_set_as_its_recipe_says(name):
    recipe = read(Path(__file__).parents[2] / "recipes" / f"{name}.yaml")
    layout = formats.read(find(name))
    assert (layout.corpus_idf, layout.query_tf) == (recipe.query.corpus_idf, recipe.query.query_tf)
    lengths = recipe.model.max_length
    assert (layout.query.max_length, layout.document.max_length) == (lengths.query, lengths.document)
