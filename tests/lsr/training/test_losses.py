"""Losses against values worked by hand and against plain loops."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lsr.training.losses.base import Scored
from lsr.training.losses.infonce import InfoNCE
from lsr.training.losses.kl import KLDivergence
from lsr.training.losses.margin_mse import MarginMSE

NAN = float("nan")


def batch(scores, positive, *, own=None, allowed=None, teacher=None):
    scores = torch.tensor(scores)
    every = torch.ones_like(scores, dtype=torch.bool)
    return Scored(
        scores,
        torch.tensor(positive),
        every if own is None else torch.tensor(own),
        every if allowed is None else torch.tensor(allowed),
        None if teacher is None else torch.tensor(teacher),
    )


def test_infonce_is_the_cross_entropy_of_the_positive():
    # scores are logarithms, so the softmax is 3 / (3 + 1) and 2 / (2 + 2)
    given = batch([[math.log(3), 0.0], [math.log(2), math.log(2)]], [0, 1])
    assert InfoNCE()(given) == pytest.approx((-math.log(3 / 4) - math.log(1 / 2)) / 2)


def test_infonce_leaves_other_positives_out_of_the_negatives():
    given = batch([[1.0, 50.0, 0.0]], [0], allowed=[[True, False, True]])
    assert InfoNCE()(given) == pytest.approx(math.log(1 + math.exp(-1.0)))


def test_infonce_over_the_query_s_own_candidates():
    given = batch([[1.0, 9.0, 0.0]], [0], own=[[True, False, True]])
    assert InfoNCE(temperature=0.5, over="own")(given) == pytest.approx(math.log(1 + math.exp(-2.0)))


def test_kl_by_hand():
    # target (3/4, 1/4), student (1/2, 1/2)
    given = batch([[5.0, 5.0]], [0], teacher=[[math.log(3), 0.0]])
    assert KLDivergence()(given) == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5))


def test_kl_ignores_what_the_teacher_does_not_know_and_queries_with_one_known_candidate():
    given = batch([[5.0, 5.0, 100.0], [1.0, 2.0, 3.0]], [0, 0], teacher=[[math.log(3), 0.0, NAN], [1.0, NAN, NAN]])
    assert KLDivergence()(given) == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5))


def test_kl_has_no_gradient_where_the_student_is_the_teacher_and_none_into_masked_scores():
    scores = torch.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    every = torch.ones(1, 3, dtype=torch.bool)
    teacher = torch.tensor([[2.0, 3.0, NAN]])
    KLDivergence()(Scored(scores, torch.tensor([0]), every, every, teacher)).backward()
    torch.testing.assert_close(scores.grad, torch.zeros(1, 3))


def test_nothing_known_is_a_loss_of_zero_that_can_be_trained_through():
    scores = torch.tensor([[1.0, 2.0]], requires_grad=True)
    every = torch.ones(1, 2, dtype=torch.bool)
    teacher = torch.full((1, 2), NAN)
    for loss in (KLDivergence(), MarginMSE(), MarginMSE("all")):
        value = loss(Scored(scores, torch.tensor([0]), every, every, teacher))
        value.backward()
        assert value == 0


def test_margin_mse_by_hand():
    # student margins 1 and 3, teacher margins 2 and 1: (1 + 4) / 2
    given = batch([[4.0, 3.0, 1.0]], [0], teacher=[[3.0, 1.0, 2.0]])
    assert MarginMSE()(given) == pytest.approx(2.5)


@st.composite
def scored(draw):
    torch.manual_seed(draw(st.integers(0, 999)))
    queries, documents = draw(st.integers(1, 4)), draw(st.integers(2, 6))
    teacher = torch.randn(queries, documents)
    teacher[torch.rand(queries, documents) < 0.3] = NAN
    positive = torch.randint(0, documents, (queries,))
    own = torch.rand(queries, documents) < 0.7
    own[torch.arange(queries), positive] = True
    every = torch.ones_like(own)
    return Scored(torch.randn(queries, documents), positive, own, every, teacher)


@given(scored())
def test_all_pairs_margin_mse_is_the_plain_double_loop(given):
    errors = []
    for q in range(len(given.scores)):
        known = [d for d in range(given.scores.shape[1]) if given.own[q, d] and not given.teacher[q, d].isnan()]
        for n, a in enumerate(known):
            for b in known[n + 1 :]:
                student = given.scores[q, a] - given.scores[q, b]
                errors.append(float(student - (given.teacher[q, a] - given.teacher[q, b])) ** 2)
    expected = sum(errors) / len(errors) if errors else 0.0
    assert float(MarginMSE("all")(given)) == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_a_loss_that_needs_a_teacher_says_so():
    with pytest.raises(ValueError, match="needs teacher scores"):
        KLDivergence()(batch([[1.0, 2.0]], [0]))
