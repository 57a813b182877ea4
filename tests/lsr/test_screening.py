"""Pooling that leaves products out against pooling that makes all."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lsr.encoders import screening
from lsr.encoders.head import Buffers, max_products
from lsr.encoders.pooling import Pooling
from lsr.encoders.screening import Screen, balance


def low_rank(tokens, terms, width, seed):
    """Give states and embeddings as networks have them: far from zero, most of it in a few directions."""
    torch.manual_seed(seed)
    scales = torch.linspace(0, -3, width).exp()
    turn = torch.linalg.qr(torch.randn(width, width))[0]
    states, weight = ((torch.randn(rows, width) * scales) @ turn for rows in (tokens, terms))
    return states + torch.randn(width), weight


@given(
    seed=st.integers(0, 10_000),
    lengths=st.lists(st.integers(1, 7), min_size=1, max_size=4),
    width=st.sampled_from([1, 3, 40, 200]),
    scale=st.sampled_from([1e-3, 1.0, 30.0]),
    shift=st.sampled_from([None, 0.0, -3.0, -6.0]),
    dtype=st.sampled_from([torch.float32, torch.bfloat16]),
)
def test_what_is_above_zero_is_what_it_would_be_and_nothing_else_is(seed, lengths, width, scale, shift, dtype):
    states, weight = low_rank(sum(lengths), 300, width, seed)
    states, weight = (scale * states).to(dtype), weight.to(dtype)
    bias = None if shift is None else (scale * (shift + 0.1 * torch.randn(300))).to(dtype)
    screen = Screen(weight, bias)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(screening, "LEARN", 1)
        patch.setattr(screening, "WORTH", 1.0)
        learned = screen.max_products(low_rank(5, 1, width, seed + 1)[0].to(dtype), [5])
    assert learned.isfinite().all()
    exact = max_products(states, lengths, weight, Buffers())
    found = screen.max_products(states, lengths)
    if bias is not None:
        exact, found = exact + bias, found + bias
    # The order in which sums are made differs with the shape of a product.
    coarse = dtype == torch.bfloat16
    torch.testing.assert_close(
        found.clamp(min=0), exact.clamp(min=0), rtol=2**-7 if coarse else 1e-5, atol=(0.1 if coarse else 1e-4) * scale
    )


def test_few_terms_are_multiplied_again():
    states, weight = low_rank(5000, 2000, 96, 1)
    bias = -max_products(states, [5000], weight, Buffers())[0] + 0.5 * torch.randn(2000) - 1.5
    screen = Screen(weight, bias)
    assert screen.max_products(states, [5000]).isfinite().all()  # it learns
    found = screen.max_products(states[:64], [32, 32])
    positive = (max_products(states[:64], [32, 32], weight, Buffers()) + bias > 0).sum()
    assert positive <= found.isfinite().sum() < 0.2 * found.numel()


def test_it_gives_up_where_most_terms_are_wanted():
    states, weight = low_rank(200, 50, 40, 2)
    screen = Screen(weight, torch.full((50,), 99.0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(screening, "LEARN", 1)
        for _ in range(3):
            torch.testing.assert_close(
                screen.max_products(states, [200]), max_products(states, [200], weight, Buffers()), rtol=1e-4, atol=1e-4
            )
    assert screen._off


def test_balanced_coordinates_have_the_same_products_and_both_the_same_spread():
    states, weight = (each.double() for each in low_rank(4000, 3000, 24, 3))
    states -= states.mean(dim=0)
    by_state, by_weight = balance(states, weight)
    turned, other = states @ by_state.t(), weight @ by_weight.t()
    torch.testing.assert_close(turned[:9] @ other[:9].t(), states[:9] @ weight[:9].t(), rtol=1e-6, atol=1e-8)
    spread, same = (each.square().mean(dim=0) for each in (turned, other))
    torch.testing.assert_close(spread[:8], same[:8], rtol=0.1, atol=0)
    assert (spread[1:] < spread[:-1] * 1.1).all()


@pytest.mark.parametrize("top_k", [None, 5])
@pytest.mark.parametrize("folded", [False, True])
def test_rows_of_a_screened_head_are_those_of_a_plain_one(monkeypatch, top_k, folded):
    monkeypatch.setattr(screening, "LEARN", 1)
    states, weight = low_rank(12, 200, 16, 3)
    bias = torch.randn(200) - 3
    groups = np.arange(200) // 2 if folded else None
    rows = []
    for screened in (False, True):
        monkeypatch.setattr("lsr.encoders.pooling.screens", lambda _, screened=screened: screened)
        pool = Pooling(
            weight, bias, np.arange(200, dtype=np.int32),
            pooling="max", activation="log1p_relu", top_k=top_k, groups=groups,
        )  # fmt: skip
        pool(states, [5, 7])
        rows.append(pool(states, [5, 7]))
    for (terms, weights), (same_terms, same_weights) in zip(*rows, strict=True):
        assert len(terms)
        assert terms.tolist() == same_terms.tolist()
        np.testing.assert_allclose(weights, same_weights, rtol=1e-4)
