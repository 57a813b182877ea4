"""Query weights that are partly the indexed corpus's own idf."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from transformers import AutoModelForMaskedLM, AutoTokenizer

from lsr import Document, Retriever, SparseEncoder
from lsr.encoders.formats import SETTINGS
from lsr.encoders.idf import idf
from lsr.encoders.inference_free import load_query_side
from lsr.encoders.loading import load_for_index
from lsr.encoders.saving import save
from lsr.indexing import build_index
from lsr_index import InputError
from tests.conftest import WORDS

CORPUS = ["the cat sat", "the dog sat", "the mat"]


@pytest.fixture
def tabled(tmp_path, tiny_model):
    """A model whose queries have a table: "the" 0.5, every other word 2, special tokens nothing."""
    network, tokenizer = AutoModelForMaskedLM.from_pretrained(tiny_model), AutoTokenizer.from_pretrained(tiny_model)
    table = np.full(len(WORDS), 2, dtype=np.float32)
    table[WORDS.index("the")] = 0.5
    table[:5] = 0
    folder = tmp_path / "model"
    save(
        folder, backbone=network, tokenizer=tokenizer, query=table, corpus_idf=0.25,
        max_length={"query": 16, "document": 16},
    )  # fmt: skip
    return folder, table


def weights(encoder):
    row = encoder.encode_queries(["the cat sat far"]).toarray()[0]
    return {WORDS[n]: float(row[n]) for n in np.flatnonzero(row)}


def test_before_a_corpus_is_seen_the_table_counts_and_then_the_share_of_its_idf(tabled):
    folder, _ = tabled
    encoder = SparseEncoder.from_pretrained(folder)
    assert weights(encoder) == {"the": 0.5, "cat": 2, "sat": 2, "far": 2}
    encoder.fit(CORPUS)
    seen = idf(np.array([3, 2, 1, 1, 1, 0]), 3)  # the, sat, cat, dog, mat; far
    scale = np.mean([0.5, 2, 2, 2, 2]) / seen[:5].mean()
    assert weights(encoder) == {
        "the": pytest.approx(0.75 * 0.5 + 0.25 * scale * seen[0]),
        "sat": pytest.approx(0.75 * 2 + 0.25 * scale * seen[1]),
        "cat": pytest.approx(0.75 * 2 + 0.25 * scale * seen[2]),
        "far": pytest.approx(0.75 * 2 + 0.25 * scale * seen[5]),
    }


def test_fitting_again_starts_from_the_models_own_table(tabled):
    folder, _ = tabled
    once, twice = SparseEncoder.from_pretrained(folder), SparseEncoder.from_pretrained(folder)
    once.fit(CORPUS)
    twice.fit(["the mat the mat"])
    twice.fit(CORPUS)
    assert weights(once) == weights(twice)


@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_a_share_can_be_asked_for(tabled, share):
    folder, _ = tabled
    encoder = SparseEncoder.from_pretrained(folder, corpus_idf=share)
    encoder.fit(CORPUS)
    found = weights(encoder)
    assert (found["cat"] == 2) == (share == 0)
    if share == 1:
        seen = idf(np.array([3, 1]), 3)
        assert found["cat"] / found["the"] == pytest.approx(seen[1] / seen[0])


def test_what_the_model_gives_no_weight_keeps_none(tabled):
    folder, _ = tabled
    path = next(folder.rglob("query_0_SparseStaticEmbedding")) / "model.safetensors"
    table = load_file(path)["weight"]
    table[WORDS.index("cat")] = 0
    save_file({"weight": table}, path)
    encoder = SparseEncoder.from_pretrained(folder)
    encoder.fit(CORPUS)
    assert "cat" not in weights(encoder)


def test_an_index_keeps_the_weights_of_its_corpus(tabled, tmp_path):
    folder, table = tabled
    built = Retriever.build(CORPUS, model=str(folder), path=tmp_path / "idx")
    kept = Retriever.open(tmp_path / "idx")
    assert weights(kept.encoder) == weights(built.encoder)
    assert weights(kept.encoder)["the"] != table[WORDS.index("the")]
    record = kept.index.manifest.encoder
    assert record is not None
    assert record["settings"]["corpus_idf"] == 0.25


def test_the_share_is_kept_where_sentence_transformers_does_not_look(tabled):
    folder, _ = tabled
    assert json.loads((folder / SETTINGS).read_text())["lsr"] == {"corpus_idf": 0.25}


@pytest.fixture
def counting(tmp_path, tiny_model):
    """A model whose table is one everywhere, and whose weights count for what a query repeats."""
    network, tokenizer = AutoModelForMaskedLM.from_pretrained(tiny_model), AutoTokenizer.from_pretrained(tiny_model)
    table = np.ones(len(WORDS), dtype=np.float32)
    table[:5] = 0
    folder = tmp_path / "counting"
    lengths = {"query": 16, "document": 16}
    save(folder, backbone=network, tokenizer=tokenizer, query=table, query_tf=True, max_length=lengths)
    return folder


def counted(encoder):
    row = encoder.encode_queries(["cat cat cat dog"]).toarray()[0]
    return float(row[WORDS.index("cat")]), float(row[WORDS.index("dog")])


def test_what_a_query_repeats_counts_in_an_index(counting, tmp_path):
    encoder = SparseEncoder.from_pretrained(counting)
    assert counted(encoder) == (1, 1)  # sentence-transformers' vectors
    built = Retriever.build(CORPUS, model=str(counting), path=tmp_path / "idx")
    assert counted(built.encoder) == (pytest.approx(1 + np.log(3)), 1)
    assert counted(Retriever.open(tmp_path / "idx").encoder) == counted(built.encoder)
    record = built.index.manifest.encoder
    assert record is not None
    assert record["settings"]["query_tf"] is True


def test_what_never_saw_a_corpus_is_kept_as_it_was(counting, tmp_path):
    encoder = SparseEncoder.from_pretrained(counting)
    encoder.save_query_side(tmp_path / "side")
    kept = load_query_side(tmp_path / "side", encoder.record(), encoder.vocabulary, lambda: encoder)
    assert counted(kept) == (1, 1)


def test_counting_can_be_asked_for_and_left_out(counting, tabled, tiny_model):
    plain, asked = SparseEncoder.from_pretrained(counting, query_tf=False), tabled[0]
    plain.fit(CORPUS)
    assert counted(plain) == (1, 1)
    encoder = SparseEncoder.from_pretrained(asked, query_tf=True, corpus_idf=0)
    encoder.fit(CORPUS)
    assert counted(encoder) == (pytest.approx(2 + 2 * np.log(3)), 2)
    with pytest.raises(InputError, match="query_tf is for queries weighted by a table"):
        SparseEncoder.from_pretrained(tiny_model, query_tf=True)


def test_impossible_shares_are_refused(tabled, tiny_model):
    folder, _ = tabled
    with pytest.raises(InputError, match="between 0"):
        SparseEncoder.from_pretrained(folder, corpus_idf=1.5)
    with pytest.raises(InputError, match="go through a network"):
        SparseEncoder.from_pretrained(tiny_model, corpus_idf=0.5)


def test_a_stream_is_weighed_as_a_list_is(tabled, tmp_path):
    folder, _ = tabled
    documents = [Document(str(n), text) for n, text in enumerate(CORPUS)]
    found = []
    for name, given in (("list", documents), ("stream", iter(documents))):
        encoder = SparseEncoder.from_pretrained(folder, query_tf=True)
        index = build_index(given, encoder, tmp_path / name)
        assert index.manifest.encoder is not None
        assert index.manifest.encoder["settings"]["query_tf"] is True
        found.append(weights(load_for_index(index)))
    assert found[0] == found[1] != weights(SparseEncoder.from_pretrained(folder))


def test_what_saw_no_corpus_does_not_say_that_it_did(tabled):
    encoder = SparseEncoder.from_pretrained(tabled[0], query_tf=True)
    assert not {"corpus_idf", "query_tf"} & set(encoder.record()["settings"])
    encoder.fit(CORPUS)
    assert {"corpus_idf", "query_tf"} <= set(encoder.record()["settings"])


def test_long_queries_are_counted(tabled, tiny_model):
    for folder in (tabled[0], tiny_model):
        encoder = SparseEncoder.from_pretrained(folder, query_max_length=6)
        encoder.encode_queries(["the cat sat on the mat far off", "the cat", ""])
        assert encoder.queries_cut == 1
