import pytest
import torch

from lsr.encoders.head import NARROWEST, SLICE, Buffers, max_products, slices


@pytest.mark.parametrize("size", [7, 1000])
@pytest.mark.parametrize("lengths", [[4, 4, 4], [1], [3, 9, 1, 2], [512, 1]])
def test_pools_like_the_plain_formula(lengths, size):
    torch.manual_seed(0)
    weight, bias, states = torch.randn(size, 4), torch.randn(size), torch.randn(sum(lengths), 4)
    # SPLADE v2, eq. 6, activation before the maximum
    plain = [torch.log1p(torch.relu(text @ weight.t() + bias)).amax(dim=0) for text in states.split(lengths)]
    pooled = torch.log1p(torch.relu(max_products(states, lengths, weight, Buffers()) + bias))
    torch.testing.assert_close(pooled, torch.stack(plain))


def test_slices_cover_the_vocabulary_once():
    for tokens in (1, 4096, 10 * SLICE):
        cuts = slices(tokens, 30522)
        assert [start for start, _ in cuts] == [0, *[end for _, end in cuts[:-1]]]
        assert cuts[-1][1] == 30522
        assert all(end - start >= NARROWEST for start, end in cuts[:-1])


def test_buffers_are_used_again():
    buffers, weight = Buffers(), torch.randn(50, 4)
    large = max_products(torch.randn(128, 4), [16] * 8, weight, buffers)
    small = torch.randn(6, 4)
    pooled = max_products(small, [3, 3], weight, buffers)
    assert pooled.data_ptr() == large.data_ptr()
    torch.testing.assert_close(pooled, (small @ weight.t()).view(2, 3, 50).amax(dim=1))
