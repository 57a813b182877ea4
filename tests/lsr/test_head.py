import pytest
import torch

from lsr.encoders.head import MaxPoolHead


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("batch", "length", "width", "size"), [(3, 5, 4, 7), (1, 1, 8, 1000), (40, 512, 2, 3)])
def test_pools_like_the_plain_formula(batch, length, width, size, bias):
    torch.manual_seed(0)
    weight, states = torch.randn(size, width), torch.randn(batch, length, width)
    shift = torch.randn(size) if bias else None
    logits = states @ weight.t() + (0 if shift is None else shift)
    expected = torch.log1p(torch.relu(logits)).amax(dim=1)  # SPLADE v2, eq. 6, activation before the maximum
    pooled = MaxPoolHead(weight, shift)(states)
    torch.testing.assert_close(torch.log1p(torch.relu(pooled)), expected)


def test_buffers_are_used_again():
    head = MaxPoolHead(torch.randn(50, 4), None)
    large = head(torch.randn(8, 16, 4)).clone()
    address = head._products.data_ptr()
    small = torch.randn(2, 3, 4)
    torch.testing.assert_close(head(small), (small @ head.weight.t()).amax(dim=1))
    assert head._products.data_ptr() == address
    assert large.shape == (8, 50)
