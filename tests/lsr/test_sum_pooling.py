import pytest
import torch

from lsr.encoders import head
from lsr.encoders.activations import ACTIVATIONS
from lsr.encoders.sum_pooling import sum_pool


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("biased", [True, False])
def test_values_and_gradients_are_those_of_the_naive_head(monkeypatch, activation, biased):
    monkeypatch.setattr(head, "NARROWEST", 4)  # several slices
    monkeypatch.setattr(head, "SLICE", 1)
    torch.manual_seed(0)
    lengths = [2, 5, 1]
    tensors = [torch.randn(*shape, dtype=torch.double) for shape in [(8, 3), (11, 3), (11,)]]
    gradient = torch.randn(3, 11, dtype=torch.double)

    def naive(states, weight, bias):
        logits = states @ weight.t() + (bias if biased else 0)
        return torch.stack([ACTIVATIONS[activation](text).sum(dim=0) for text in logits.split(lengths)])

    def fused(states, weight, bias):
        return sum_pool(states, lengths, weight, bias if biased else None, activation)

    results = []
    for pool in (naive, fused):
        leaves = [tensor.clone().requires_grad_() for tensor in tensors]
        pooled = pool(*leaves)
        pooled.backward(gradient)
        results.append([pooled.detach(), *[leaf.grad for leaf in leaves if leaf.grad is not None]])
    for expected, found in zip(*results, strict=True):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_slopes_are_the_derivatives(activation):
    logits = torch.linspace(0.1, 9, 20, dtype=torch.double, requires_grad=True)
    ACTIVATIONS[activation].saturate(logits).sum().backward()
    torch.testing.assert_close(logits.grad, ACTIVATIONS[activation].slope(logits.detach()))
