"""The adapter, against PyTerrier's own checks where it is installed, and by itself."""

import sys

import pytest

from lsr import InputError, MissingDependencyError, Retriever
from lsr_eval.pyterrier import as_transformer

TEXTS = [
    "Paris is the capital of France.",
    "The cat sat on the mat.",
    "Cats and a dog sat.",
    "France has capital cats.",
]


@pytest.fixture
def retriever():
    return Retriever.build(TEXTS, model="bm25")


@pytest.fixture
def pandas():
    return pytest.importorskip("pandas")


@pytest.fixture
def topics(pandas):
    return pandas.DataFrame(
        [["q1", "capital of france", "x", 1], ["q2", "zebra", "y", 2], ["q3", "cat", "z", 3]],
        columns=["qid", "query", "query_0", "other"],
    )


@pytest.fixture
def alone(monkeypatch):
    """As where pandas is installed without PyTerrier."""
    monkeypatch.setitem(sys.modules, "pyterrier", None)


@pytest.mark.usefixtures("alone")
def test_queries_become_ranked_documents(retriever, topics):
    found = as_transformer(retriever, 2)(topics)
    assert list(found.columns) == ["qid", "query", "query_0", "docno", "score", "rank"]
    assert (found["score"].dtype, found["rank"].dtype) == ("float64", "int64")
    expected = [
        (qid, text, before, hit.id, hit.score, rank)
        for qid, text, before in topics[["qid", "query", "query_0"]].itertuples(index=False)
        for rank, hit in enumerate(retriever.search(text, 2))
    ]
    assert list(found.itertuples(index=False, name=None)) == expected
    assert found[["qid", "rank"]].to_numpy().tolist() == [["q1", 0], ["q1", 1], ["q3", 0], ["q3", 1]]
    assert list(found.index) == [0, 1, 2, 3]


@pytest.mark.usefixtures("alone")
def test_one_text_and_no_queries(retriever, topics):
    transformer = as_transformer(retriever)
    assert transformer.search("capital", qid="7")[["qid", "docno", "rank"]].to_numpy().tolist() == [
        ["7", "0", 0], ["7", "3", 1],
    ]  # fmt: skip
    nothing = transformer.transform(topics.iloc[:0])
    assert (len(nothing), nothing["score"].dtype, nothing["rank"].dtype) == (0, "float64", "int64")
    assert len(transformer.search("zebra")) == 0


@pytest.mark.usefixtures("alone")
def test_frames_that_are_no_queries_are_named(retriever, pandas, topics):
    transformer = as_transformer(retriever)
    with pytest.raises(InputError, match="no column 'query'"):
        transformer.transform(topics[["qid"]])
    with pytest.raises(InputError, match="the qid 'q1' occurs twice"):
        transformer.transform(pandas.concat([topics, topics]))


def test_pandas_is_asked_for_by_name(retriever, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'lsr\[pyterrier\]'"):
        as_transformer(retriever)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # of its own making
def test_pyterrier_takes_it_for_one_of_its_own(retriever, topics):
    pyterrier = pytest.importorskip("pyterrier")
    transformer = as_transformer(retriever)
    assert isinstance(transformer, pyterrier.Transformer)
    assert pyterrier.inspect.transformer_inputs(transformer) == [["qid", "query"]]
    found = transformer.transform(topics[["qid", "query"]])
    pyterrier.validate.result_frame(found, extra_columns=["query", "score", "rank"])
    ranked = pyterrier.model.add_ranks(found.copy())
    assert ranked["rank"].tolist() == found["rank"].tolist()
    assert pyterrier.inspect.transformer_outputs(transformer, ["qid", "query"]) == list(found.columns)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_pipelines_and_operators(retriever, topics):
    pyterrier = pytest.importorskip("pyterrier")
    transformer = as_transformer(retriever)
    assert (transformer % 1)(topics)["docno"].tolist() == [
        retriever.search(text, 1)[0].id for text in ("capital of france", "cat")
    ]
    turned = (transformer >> pyterrier.apply.doc_score(lambda row: -row["score"]))(topics)
    best = turned[turned["rank"] == 0]["docno"].tolist()
    assert best == [retriever.search(text)[-1].id for text in ("capital of france", "cat")]
    assert transformer([{"qid": "1", "query": "cat"}])[0]["docno"] == retriever.search("cat")[0].id
    assert transformer.search("cat")["docno"].tolist() == [hit.id for hit in retriever.search("cat")]
    assert not pyterrier.java.started()
