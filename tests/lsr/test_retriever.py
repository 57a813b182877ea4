import numpy as np
import pytest

from lsr import Document, Retriever, SparseEncoder, SparseIndex
from lsr.indexing import build_index
from lsr_index import IndexFormatError, IndexLockedError, InputError, ModelError, VocabularyMismatchError
from tests.conftest import make_model

TEXTS = ["Paris is the capital of France.", "The cat sat on the mat.", "Cells are damaged as we age."]


@pytest.fixture
def retriever():
    return Retriever.build(TEXTS, model="bm25")


def test_hits_carry_the_documents(retriever):
    hit, *rest = retriever.search("capital of france")
    assert (hit.id, hit.text, rest) == ("0", TEXTS[0], [])


def test_explained_terms_sum_to_the_score(retriever):
    hit = retriever.search("capital of france", explain=True)[0]
    assert {term.term for term in hit.terms} == {"capit", "franc"}
    assert sum(term.product for term in hit.terms) == pytest.approx(hit.score, rel=1e-6)


def test_all_forms_of_a_query_agree(retriever):
    text = "cat on a mat"
    row = retriever.encode([text])
    weights = dict(retriever.encoder.decode(row))
    answers = [retriever.search(query) for query in (text, weights, row)]
    assert [hit.id for hit in answers[0]] == ["1"]
    assert answers[0] == answers[1] == answers[2]
    assert retriever.search_many([text, weights, row]) == answers


def test_unknown_terms_and_large_k(retriever):
    assert retriever.search("zebra") == []
    assert retriever.search("") == []
    assert retriever.search({"zebra": 1.0}) == []
    assert len(retriever.search("cat", k=10_000)) == 1


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), -1.0, True, "2"])
def test_unusable_weights(retriever, weight):
    with pytest.raises(InputError, match="the weight of 'cat'"):
        retriever.search({"cat": weight})


def test_documents_with_fields(tmp_path):
    documents = [Document("x", "a text about cats", "Cats", {"year": 2020})]
    built = Retriever.build(documents, model="bm25", path=tmp_path / "idx")
    hit = Retriever.open(tmp_path / "idx").search("cats")[0]
    assert (hit.id, hit.title, hit.fields) == ("x", "Cats", {"year": 2020})
    assert hit == built.search("cats")[0]


def test_no_documents():
    with pytest.raises(InputError, match="no documents"):
        Retriever.build([], model="bm25")


def test_an_index_remembers_its_model(tmp_path):
    model = make_model(tmp_path / "model")
    built = Retriever.build(["the cat", "the dog ran"], model=str(model), path=tmp_path / "idx")
    opened = Retriever.open(tmp_path / "idx")
    assert opened.search("dog") == built.search("dog")
    file = model / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelError, match="have changed since the index was made"):
        Retriever.open(tmp_path / "idx").search("dog")


def test_another_model_must_fit(tmp_path, tiny_model):
    Retriever.build(TEXTS, model="bm25", path=tmp_path / "idx")
    with pytest.raises(VocabularyMismatchError, match="use the index's own model"):
        Retriever.open(tmp_path / "idx", model=str(tiny_model)).search("cat")


def found(retriever, query):
    return [hit.id for hit in retriever.search(query)]


def test_documents_come_and_go(retriever):
    assert retriever.add([Document("0", "A cat in Paris."), Document("n", "Another cat.", fields={"year": 2020})]) == 2
    assert found(retriever, "france") == []  # replaced
    assert set(found(retriever, "cat")) == {"0", "1", "n"}
    assert retriever.delete(["1", "nothing"]) == 1
    assert set(found(retriever, "cat")) == {"0", "n"}
    assert [hit.id for hit in retriever.search("cat", filter="year >= 2020")] == ["n"]
    assert retriever.add([]) == 0


def test_what_others_commit_is_found_when_asked_for(tmp_path):
    built = Retriever.build(TEXTS, model="bm25", path=tmp_path / "idx")
    reader = Retriever.open(tmp_path / "idx")
    assert not reader.refresh()
    built.delete(["1"])
    assert found(reader, "cat") == ["1"]
    assert reader.refresh()
    assert found(reader, "cat") == []


def test_all_documents_are_added_or_none(retriever):
    with pytest.raises(InputError):
        retriever.add([Document("n", "a cat"), Document("", "another cat")])
    retriever.delete(["0"])  # commits whatever is pending
    assert found(retriever, "cat") == ["1"]


def test_one_changes_an_index_at_a_time(retriever):
    with SparseIndex.open(retriever.index.path, writable=True), pytest.raises(IndexLockedError):
        retriever.add([Document("n", "a cat")])


def test_an_index_that_was_replaced_is_not_followed(tmp_path):
    retriever = Retriever.build(TEXTS, model="bm25", path=tmp_path / "idx")
    Retriever.build(TEXTS[:1], model="bm25", path=tmp_path / "idx", overwrite=True)
    for change in (retriever.refresh, lambda: retriever.delete(["0"]), lambda: retriever.add([Document("n", "cat")])):
        with pytest.raises(IndexFormatError, match="was replaced since it was opened; open it again"):
            change()
    assert found(retriever, "cat") == ["1"]


def test_an_answer_is_of_one_generation(retriever, monkeypatch):
    search = SparseIndex.search

    def searched_while_others_write(self, *arguments, **options):
        hits = search(self, *arguments, **options)
        retriever.delete(["0"])
        retriever.add([Document("n", "no cat")])
        return hits

    monkeypatch.setattr(SparseIndex, "search", searched_while_others_write)
    (hit,) = retriever.search("cat", explain=True)
    assert (hit.id, hit.text, [term.term for term in hit.terms]) == ("1", TEXTS[1], ["cat"])


@pytest.mark.model
def test_splade_finds_what_words_do_not(splade_tiny):
    retriever = Retriever.build(TEXTS, model=splade_tiny)
    assert retriever.search("what makes people grow old")[0].id == "2"
    assert retriever.search("kitten on a rug")[0].id == "1"


@pytest.mark.model
@pytest.mark.data
def test_quantised_pruned_search_equals_exhaustive_on_real_text(splade_tiny, data):
    from lsr.corpus import loading
    from lsr.corpus import queries as query_files

    documents = list(loading.load(str(data / "cranfield")))
    texts = list(query_files.read(data / "cranfield" / "queries.jsonl").values())
    retriever = Retriever.build(documents, model=splade_tiny)
    encoded = retriever.encode(texts)
    for k in (10, 1000):
        safe = retriever.index.search(encoded, k)
        oracle = retriever.index.search(encoded, k, mode="exhaustive")
        for ours, theirs in zip(safe, oracle, strict=True):
            assert ours.ids == theirs.ids
            assert np.array_equal(ours.scores, theirs.scores)


def test_rescored_hits(tmp_path):
    encoder = SparseEncoder.from_pretrained("bm25")
    index = build_index([Document(str(n), text) for n, text in enumerate(TEXTS)], encoder, tmp_path / "idx", exact=32)
    retriever = Retriever(index, encoder)
    hit = retriever.search("capital of france", rescore=True, explain=True)[0]
    product = encoder.encode_documents([TEXTS[0]]) @ retriever.encode(["capital of france"]).T
    assert hit.score == pytest.approx(float(product.toarray()[0, 0]), rel=1e-6)
    assert sum(term.product for term in hit.terms or ()) == pytest.approx(hit.score, rel=1e-6)
    assert [one.score for one in retriever.search_many(["capital of france"], rescore=5)[0]] == [hit.score]
