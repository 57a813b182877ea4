"""Spans of documents as further queries."""

from pathlib import Path

import pytest

from lsr.training.data.batches import BatchPlan
from lsr.training.data.examples import Example, Source, positives
from lsr.training.data.settings import PairsSettings
from lsr.training.data.spans import with_spans
from lsr.training.recipe import Data

TEXT = "the wing of an aircraft in a slipstream gains lift that the theory of a lifting line does not explain"


def source() -> Source:
    examples = [Example("q1", "d1", ("d2",)), Example("q2", "d1"), Example("q3", "d2")]
    documents = {"d1": TEXT, "d2": "two words", "d3": "nobody asks for this"}
    queries = {"q1": "lift of a wing", "q2": "slipstream", "q3": "short"}
    return Source("papers", 1.0, queries, documents, examples, positives(examples))


def test_spans_are_runs_of_words_of_their_document() -> None:
    spanned = with_spans(source(), 20, (2, 6))
    spans = [spanned.queries[example.query_id] for example in spanned.along if example.positive == "d1"]
    assert len(spans) == 20
    assert all(f" {span} " in f" {TEXT} " and 2 <= len(span.split()) <= 6 for span in spans)
    assert len({len(span.split()) for span in spans}) > 2


def test_a_document_shorter_than_a_span_is_one_and_documents_without_queries_have_none() -> None:
    spanned = with_spans(source(), 1, (5, 9))
    assert {example.positive: spanned.queries[example.query_id] for example in spanned.along}["d2"] == "two words"
    assert {example.positive for example in spanned.along} == {"d1", "d2"}


def test_the_same_seed_cuts_the_same_spans_whatever_else_there_is() -> None:
    whole, part = with_spans(source(), 3, (2, 6), seed=7), source()
    part.documents["d9"] = "more text"  # type: ignore[index]
    again = with_spans(part, 3, (2, 6), seed=7)
    assert [whole.queries[e.query_id] for e in whole.along] == [again.queries[e.query_id] for e in again.along]
    assert [whole.queries[e.query_id] for e in whole.along] != [
        spanned.queries[e.query_id] for spanned in [with_spans(source(), 3, (2, 6), seed=8)] for e in spanned.along
    ]


def test_spans_come_along_with_their_document_and_are_never_what_a_batch_is_drawn_from() -> None:
    plan = BatchPlan([with_spans(source(), 2, (2, 6))], 1, negatives_per_query=1, queries_per_document=9)
    for step in range(6):
        batch = plan.batch(step)
        assert batch.query_ids[0].startswith("papers/q")
        for document in batch.document_ids:
            assert {f"{document}#0", f"{document}#1"} <= set(batch.query_ids)
        for row, query in enumerate(batch.query_ids):
            if "#" in query:
                assert batch.document_ids[batch.positive[row]] == query.partition("#")[0]


def test_spans_that_nothing_would_bring_along_are_refused() -> None:
    settings = {"kind": "pairs", "path": "x.jsonl", "spans": {"per_document": 1}}
    with pytest.raises(ValueError, match="queries_per_document"):
        Data.model_validate({"sources": [settings]})
    assert Data.model_validate({"sources": [settings], "queries_per_document": 2}).sources[0].spans is not None


def test_fewest_words_beyond_most_are_refused() -> None:
    with pytest.raises(ValueError, match="fewest and most"):
        PairsSettings.model_validate({"path": Path("x"), "spans": {"words": [9, 3]}})
