"""What every batch must be, whatever the sources: the same at every asking, with masks that tell the truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsr.training.data.batches import BatchPlan
from lsr.training.data.examples import Example, Source, positives
from lsr.training.data.mixing import PERIOD, Mixture
from lsr_index import InputError


def source(name, examples, *, weight=1.0, texts=None, queries=None, relevant=None):
    ids = {text_id for e in examples for text_id in (e.positive, *e.negatives)}
    documents = {text_id: f"text {name} {text_id}" for text_id in ids} | (texts or {})
    asked = {e.query_id: f"query {name} {e.query_id}" for e in examples} | (queries or {})
    return Source(name, weight, asked, documents, examples, relevant or positives(examples))


IDS = st.integers(0, 7).map(str)
EXAMPLES = st.lists(st.builds(Example, IDS, IDS, st.lists(IDS, max_size=4).map(tuple)), min_size=1, max_size=12)
TEXTS = st.dictionaries(IDS, st.sampled_from(["same", "other"]), max_size=4)


@st.composite
def plans(draw):
    count = draw(st.integers(1, 3))
    sources = []
    for number in range(count):
        examples = draw(EXAMPLES)
        known = {text_id for e in examples for text_id in (e.positive, *e.negatives)}
        texts = {text_id: text for text_id, text in draw(TEXTS).items() if text_id in known}
        sources.append(source(f"s{number}", examples, weight=draw(st.floats(0.1, 9)), texts=texts))
    size, negatives = draw(st.integers(1, 9)), draw(st.integers(0, 3))
    return BatchPlan(sources, size, negatives, draw(st.integers(0, 99)), draw(st.sampled_from(["within", "between"])))


def same(one, other):
    lists = ["query_ids", "queries", "document_ids", "documents"]
    arrays = ["positive", "own", "allowed"]
    return all(getattr(one, f) == getattr(other, f) for f in lists) and all(
        np.array_equal(getattr(one, f), getattr(other, f)) for f in arrays
    )


@settings(max_examples=60)
@given(plans(), st.integers(0, 50))
def test_masks_tell_the_truth(plan, step):
    batch = plan.batch(step)
    by_name = {s.name: s for s in plan.sources}
    size = plan.queries_per_batch
    assert len(batch.query_ids) == len(batch.queries) == size
    assert batch.own.shape == batch.allowed.shape == (size, len(batch.documents))
    assert len(set(batch.documents)) == len(batch.documents)
    assert len(set(batch.document_ids)) == len(batch.document_ids)
    for row, query_id in enumerate(batch.query_ids):
        name, _, local = query_id.partition("/")
        whole = by_name[name]
        assert batch.queries[row] == whole.queries[local]
        known = {whole.documents[d] for d in whole.relevant[local]}
        column = batch.positive[row]
        assert batch.documents[column] in known
        assert batch.own[row, column]
        assert batch.allowed[row, column]
        assert batch.own[row].sum() <= 1 + plan.negatives_per_query
        assert not (batch.own[row] & ~batch.allowed[row]).any()
        mine = {whole.documents[d] for e in whole.examples if e.query_id == local for d in (e.positive, *e.negatives)}
        assert {batch.documents[c] for c in np.flatnonzero(batch.own[row])} <= mine
        listed = {batch.documents[c] for c in np.flatnonzero(~batch.allowed[row])}
        assert listed <= known
        # Known positives under their own id are out, but for the one that is the answer here.
        for text_id in whole.relevant[local]:
            if f"{name}/{text_id}" in batch.document_ids:
                other = batch.document_ids.index(f"{name}/{text_id}")
                assert other == column or not batch.allowed[row, other]


@settings(max_examples=30)
@given(plans(), st.lists(st.integers(0, 40), min_size=2, max_size=5))
def test_a_step_has_one_batch_in_whatever_order_it_is_asked_for(plan, steps):
    fresh = BatchPlan(
        plan.sources,
        plan.queries_per_batch,
        plan.negatives_per_query,
        plan._seed,
        "within" if plan._within else "between",
    )
    forward = {step: plan.batch(step) for step in steps}
    assert all(same(fresh.batch(step), forward[step]) for step in reversed(steps))


@settings(max_examples=20)
@given(st.integers(1, 30), st.integers(1, 7), st.integers(0, 9))
def test_a_pass_holds_every_example_once(count, size, seed):
    plan = BatchPlan([source("s", [Example(str(n), "d") for n in range(count)])], size, seed=seed)
    asked = [query for step in range(2 * count) for query in plan.batch(step).query_ids]
    for start in range(0, 2 * count * size - count + 1, count):
        assert len(set(asked[start : start + count])) == count
    assert count < 8 or asked[:count] != asked[count : 2 * count]


def test_sources_are_mixed_by_weight():
    sources = [
        source("a", [Example(f"{n}", "d") for n in range(50)], weight=3),
        source("b", [Example(f"{n}", "d") for n in range(5)], weight=1),
    ]
    for mix in ("within", "between"):
        plan = BatchPlan(sources, 8, mix=mix)
        batches = [{i.partition("/")[0] for i in plan.batch(s).query_ids} for s in range(400)]
        assert any(len(names) == 2 for names in batches) == (mix == "within")
        names = [i.partition("/")[0] for s in range(400) for i in plan.batch(s).query_ids]
        assert names.count("a") / len(names) == pytest.approx(0.75, abs=0.05)


def test_a_mixture_has_exact_shares_and_starves_nobody():
    mixture = Mixture([1, 1e-9, 2], seed=3)
    slots = [mixture.slot(n) for n in range(PERIOD)]
    counts = np.bincount([s for s, _ in slots])
    assert counts.tolist() == [21845, 1, 43690]
    for which in range(3):
        assert [before for s, before in slots if s == which] == list(range(counts[which]))
    assert mixture.slot(PERIOD + 5) == (slots[5][0], slots[5][1] + counts[slots[5][0]])


def test_other_positives_and_copies_are_no_negatives():
    """Worked by hand: q1 is answered by a and b; q2 asks the same in other words; c is a copy of a."""
    examples = [Example("q1", "a", ("x", "b")), Example("q2", "d", ("c",)), Example("q3", "c", ("y",))]
    plan = BatchPlan(
        [
            source(
                "s",
                examples,
                texts={"a": "copy", "c": "copy"},
                queries={"q1": "why?", "q2": "how?", "q3": "why?"},
                relevant={"q1": frozenset("ab"), "q2": frozenset("d"), "q3": frozenset("c")},
            )
        ],
        3,
        2,
    )
    batch = plan.batch(0)
    row = {query[2:]: n for n, query in enumerate(batch.query_ids)}
    column = {text: n for n, text in enumerate(batch.documents)}
    assert sorted(column) == ["copy", "text s d", "text s x", "text s y"]  # b, a positive of q1, was never a negative
    listed = {q: {t for t, c in column.items() if batch.own[row[q], c]} for q in row}
    assert listed == {"q1": {"copy", "text s x"}, "q2": {"copy", "text s d"}, "q3": {"copy", "text s y"}}
    assert batch.allowed.all()
    assert batch.positive[row["q1"]] == batch.positive[row["q3"]] == column["copy"]


def test_the_same_question_under_two_ids_shares_its_answers():
    examples = [Example("q1", "a"), Example("q2", "b")]
    plan = BatchPlan([source("s", examples, queries={"q1": "why?", "q2": "why?"})], 2)
    batch = plan.batch(0)
    assert (batch.allowed.sum(axis=1) == 1).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], 1), "weights of sources"),
        (([source("a", [Example("q", "d")], weight=0)], 1), "must be a number above 0"),
        (([source("a", [Example("q", "d")])], 0), "a batch of 0 queries"),
        (([source("a", [Example("q", "d")])] * 2, 1), "two sources have one name"),
        (([source("a", [Example("q", "d")])], 1, 0, 0, "both"), "mix is 'both'"),
    ],
)
def test_impossible_plans(arguments, message):
    with pytest.raises(InputError, match=message):
        BatchPlan(*arguments)


def test_an_id_without_text_is_named():
    plan = BatchPlan([Source("s", 1, {"q": "?"}, {}, [Example("q", "gone")], {})], 1)
    with pytest.raises(InputError, match="the source s names 'gone', which has no text"):
        plan.batch(0)
