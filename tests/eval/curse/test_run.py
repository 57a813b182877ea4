"""Every system in every index: figures are those of `lsr eval` on the same documents."""

import numpy as np
import pytest

from lsr import Retriever, SparseEncoder
from lsr.training.teachers import embedders
from lsr_eval import datasets
from lsr_eval import measures as measuring
from lsr_eval.curse import elements, growth
from lsr_eval.curse.answers import Answers
from lsr_eval.curse.observations import Key, observe, summary
from lsr_eval.curse.pool import gather
from lsr_eval.curse.run import Settings, measure
from lsr_eval.curse.systems import parse
from lsr_eval.effectiveness import Settings as Asking
from lsr_eval.effectiveness import evaluate_retriever
from lsr_index import InputError, ModelError
from lsr_index.documents import Document

MEASURES = measuring.parse("RR@10 nDCG@10")


def settings(systems, cache, **more):
    return Settings(parse(systems), MEASURES, cache, **more)


@pytest.fixture
def encoded(monkeypatch):
    """How many texts were encoded, in a list of numbers."""
    counts: list[int] = []
    for kind in (embedders.SparseEmbedder, embedders.DenseEmbedder):

        def counting(self, texts, side, progress, original=kind.encode):
            counts.append(len(texts))
            return original(self, texts, side, progress)

        monkeypatch.setattr(kind, "encode", counting)
    return counts


@pytest.mark.parametrize("system", ["bm25", "{model}", "{model}+if"])
def test_a_whole_corpus_measures_as_lsr_eval_does(folders, tmp_path, tiny_model, system):
    data = datasets.load(folders[0])
    inference_free = system.endswith("+if")
    encoder = SparseEncoder.from_pretrained(
        "bm25" if system == "bm25" else tiny_model, **({"inference_free": True} if inference_free else {})
    )
    expected, _ = evaluate_retriever(data, Retriever.build(data.corpus, model=encoder), Asking(MEASURES))
    pool = gather(folders[:1])
    found = measure(pool, [len(pool.ids)], settings(system.format(model=tiny_model), tmp_path))
    assert [one.measures for one in found] == [expected.measures]


def test_a_smaller_index_measures_as_one_of_its_documents_alone(pool, folders, tmp_path):
    step = next(growth.steps(pool, [7], 1, seed=3))
    documents = [Document(pool.ids[n].removeprefix("tiny/"), pool.texts[n]) for n in step.members]
    expected, _ = evaluate_retriever(
        datasets.load(folders[0]), Retriever.build(documents, model="bm25"), Asking(MEASURES)
    )
    (found,) = measure(pool, [7], settings("bm25", tmp_path, seed=3))
    assert found.measures == expected.measures
    assert found.index_bytes is not None
    assert 0 < found.bytes < found.index_bytes


def test_nothing_is_encoded_twice(pool, tmp_path, tiny_model, encoded):
    systems = f"{tiny_model},{tiny_model}+if,dense:{tiny_model}@4,dense:{tiny_model}"
    first = measure(pool, [5, 8, 10], settings(systems, tmp_path, repeats=2))
    # Documents and queries, once for each kind of vector: both kinds of queries share the documents of one model.
    assert sum(encoded) == 2 * (len(pool.texts) + len(pool.queries))
    encoded.clear()
    assert measure(pool, [5, 8, 10], settings(systems, tmp_path, repeats=2)) == first
    assert encoded == []


def test_dense_rows_of_as_many_bytes(pool, tmp_path, tiny_model):
    found = measure(pool, [6, 10], settings(f"bm25,dense:{tiny_model}@8", tmp_path, equal_bytes=["float32", "int8"]))
    assert [(one.key.size, one.key.as_large_as, one.key.element) for one in found] == [
        (size, *rest)
        for size in (6, 10)
        for rest in [(None, None), (None, "float32"), ("bm25", "float32"), ("bm25", "int8")]
    ]
    for bm25, dense, *equal in (found[:4], found[4:]):
        assert (dense.dims, dense.bytes) == (8, 8 * 4 * dense.key.size)
        for one in equal:
            assert one.key.element
            assert one.dims == min(16, elements.dims_within(bm25.bytes, one.key.size, one.key.element))
            assert one.bytes <= bm25.bytes


def test_a_dense_system_is_exact_search_of_the_models_vectors(pool, tmp_path, tiny_model):
    from lsr.encoders.dense import DenseEncoder

    (found,) = measure(pool, [10], settings(f"dense:{tiny_model}", tmp_path, equal_bytes=[]))
    encoder = DenseEncoder(tiny_model, name="x")
    scores = encoder.encode(list(pool.queries.values()), side="query") @ encoder.encode(pool.texts).T
    run = {q: dict(zip(pool.ids, row.tolist(), strict=True)) for q, row in zip(pool.queries, scores, strict=True)}
    assert found.measures == pytest.approx(measuring.evaluate(pool.qrels, run, MEASURES).means)
    assert found.dims == 16


def test_more_dimensions_than_there_are(pool, tmp_path, tiny_model, encoded):
    with pytest.raises(InputError, match="has 16 dimensions; ask for no more"):
        measure(pool, [10], settings(f"bm25,dense:{tiny_model}@17", tmp_path))
    assert encoded == []


def test_an_unknown_model_is_named_before_anything_is_encoded(pool, tmp_path, tiny_model, encoded):
    with pytest.raises(ModelError, match="no/such/model"):
        measure(pool, [10], settings(f"{tiny_model},dense:no/such/model", tmp_path))
    assert encoded == []


def test_a_distractor_that_is_found_first_is_counted(pool):
    run = {"tiny/q1": {"other/o1": 2.0, "tiny/d1": 1.0}, "tiny/q2": {"tiny/d2": 1.0}, "tiny/q3": {}}
    one = observe(pool, Key("x", 10), 0, Answers(run, 1), MEASURES)
    assert one.distractor_first == pytest.approx(1 / 3)
    assert one.measures["RR@10"] == pytest.approx((1 / 2 + 1) / 3)


def test_repeats_become_a_mean_and_a_deviation(pool):
    runs: list[dict[str, dict[str, float]]] = [{"tiny/q2": {"tiny/d2": 1.0}}, {"tiny/q2": {"x": 2.0, "tiny/d2": 1.0}}]
    key = Key("x", 10)
    found = [observe(pool, key, n, Answers(run, 10 + n, 20), MEASURES, 4) for n, run in enumerate(runs)]
    (cell,) = summary(found)
    values = [1 / 3, 1 / 6]
    assert cell.spread is not None
    assert cell.measures["RR@10"] == pytest.approx(np.mean(values))
    assert cell.spread["RR@10"] == pytest.approx(np.std(values, ddof=1))
    assert (cell.repeats, cell.bytes, cell.index_bytes, cell.dims) == (2, 10, 20, 4)
    assert summary(found[:1])[0].spread is None


def test_a_table_of_query_weights_is_fitted_to_each_index(pool, tmp_path, tiny_model, monkeypatch):
    from lsr.encoders.inference_free import InferenceFreeEncoder

    fitted = []

    def fit(self, texts):
        fitted.append(len(list(texts)))
        self.weights = np.ones(len(self.vocabulary), dtype=np.float32)

    monkeypatch.setattr(InferenceFreeEncoder, "fit", fit)
    measure(pool, [6, 10], settings(f"{tiny_model}+if", tmp_path))
    assert fitted == [6, 10]
