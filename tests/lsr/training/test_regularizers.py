"""Penalties by hand, and what must not change them."""

# pyright: reportOperatorIssue=false, reportOptionalSubscript=false
import pytest
import torch

from lsr.training.regularizers.flops import DfFlops, Flops, ThresholdedFlops, WeightedFlops
from lsr.training.regularizers.others import L1, AntiZero

WEIGHTS = torch.tensor([[1.0, 0.0, 3.0], [1.0, 2.0, 0.0]])  # means 1, 1, 1.5


def test_flops_is_the_sum_of_squared_means():
    assert Flops()(WEIGHTS) == pytest.approx(1 + 1 + 2.25)


def test_thresholded_flops_sees_only_long_texts():
    weights = torch.tensor([[1.0, 1.0, 2.0], [4.0, 0.0, 0.0]])
    assert ThresholdedFlops(2)(weights) == pytest.approx(0.25 + 0.25 + 1)
    assert ThresholdedFlops(3)(weights) == 0


def test_weighted_flops():
    assert WeightedFlops(torch.tensor([1.0, 0.0, 2.0]))(WEIGHTS) == pytest.approx(1 + 4.5)


def test_l1_and_anti_zero():
    assert L1()(WEIGHTS) == pytest.approx(3.5)
    assert AntiZero()(WEIGHTS) == pytest.approx(1 / 3.5**2)
    assert torch.isfinite(AntiZero()(torch.zeros(2, 3)))


def test_df_flops_makes_common_terms_pay_and_rare_ones_not():
    penalty = DfFlops(3, alpha=0.5, beta=10)
    weights = torch.zeros(100, 3)
    weights[:, 0] = 1  # in every text
    weights[:50, 1] = 1  # in half of them: act(α) = 1/2
    weights[:2, 2] = 1
    weights.requires_grad_()
    assert float(penalty(weights).detach()) == pytest.approx(1 + 0.5 * 0.25, abs=1e-4)
    torch.testing.assert_close(penalty.cost(), torch.tensor([1.0, 0.5, 0.0]), rtol=1e-4, atol=1e-4)


def test_df_flops_estimates_alike_whatever_the_batches():
    torch.manual_seed(0)
    texts = (torch.rand(64, 5) < 0.3).float()
    whole, parts = DfFlops(5), DfFlops(5)
    whole(texts.clone().requires_grad_())
    for part in texts.split(8):
        parts(part.clone().requires_grad_())
    torch.testing.assert_close(whole.frequency / whole.seen, parts.frequency / parts.seen, rtol=0, atol=0.01)
    again = DfFlops(5)
    again.load_state_dict(parts.state_dict())
    torch.testing.assert_close(again.cost(), parts.cost())


def test_df_flops_learns_nothing_from_evaluation():
    penalty = DfFlops(3)
    penalty(WEIGHTS)
    assert penalty.seen == 0


@pytest.mark.parametrize("penalty", [Flops(), ThresholdedFlops(1), L1()])
def test_gradients_push_down(penalty):
    weights = WEIGHTS.clone().requires_grad_()
    penalty(weights).backward()
    assert (weights.grad[WEIGHTS > 0] > 0).all()
