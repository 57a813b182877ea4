# pyright: reportOptionalMemberAccess=false
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lsr.encoders import max_pooling
from lsr.encoders.max_pooling import max_pool


def naive(states, lengths, weight, bias):
    """Logits of every token at vocabulary width; torch.max gives a tie's gradient to the first."""
    return torch.stack([(text @ weight.t() + bias).max(dim=0).values for text in states.split(lengths)])


@st.composite
def heads(draw):
    lengths = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    torch.manual_seed(draw(st.integers(0, 1000)))
    # small whole numbers: ties are everywhere, and every sum is exact
    states = torch.randint(-2, 3, (sum(lengths), 3)).double()
    weight, bias = torch.randint(-2, 3, (11, 3)).double(), torch.randint(-3, 2, (11,)).double()
    gradient = torch.randint(-1, 2, (len(lengths), 11)).double()
    return lengths, states, weight, bias, gradient


@given(heads(), st.sampled_from([0.0, 2.0]))
def test_values_and_gradients_are_those_of_the_naive_head_ties_included(head, dense):
    lengths, states, weight, bias, gradient = head
    results = []
    for pool in (naive, max_pool):
        leaves = [tensor.clone().requires_grad_() for tensor in (states, weight, bias)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(max_pooling, "DENSE", dense)
            pooled = torch.log1p(torch.relu(pool(leaves[0], lengths, *leaves[1:])))
            pooled.backward(gradient)
        results.append([pooled.detach(), *[leaf.grad for leaf in leaves]])
    for expected, found in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


def test_gradcheck():
    torch.manual_seed(3)
    leaves = [torch.randn(*shape, dtype=torch.double, requires_grad=True) for shape in [(6, 4), (9, 4), (9,)]]
    assert torch.autograd.gradcheck(lambda h, e, b: torch.relu(max_pool(h, [2, 1, 3], e, b)), leaves)


def test_bfloat16_keeps_gradients_close_and_weights_in_their_dtype():
    torch.manual_seed(0)
    states, weight = torch.randn(40, 16), torch.randn(300, 16)
    exact = [tensor.clone().requires_grad_() for tensor in (states, weight)]
    rounded = [states.bfloat16().requires_grad_(), weight.clone().requires_grad_()]
    gradient = torch.rand(2, 300)
    for leaves in (exact, rounded):
        max_pool(leaves[0], [15, 25], leaves[1]).backward(gradient)
    assert rounded[0].grad.dtype == torch.bfloat16
    assert rounded[1].grad.dtype == torch.float32
    for a, b in zip(exact, rounded, strict=True):
        assert torch.nn.functional.cosine_similarity(a.grad.flatten(), b.grad.float().flatten(), dim=0) > 0.98


def test_a_frozen_embedding_gets_no_gradient():
    states = torch.randn(4, 3, requires_grad=True)
    max_pool(states, [4], torch.randn(7, 3)).sum().backward()
    assert states.grad is not None
