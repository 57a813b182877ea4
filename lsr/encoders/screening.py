"""Max pooling that leaves most vocabulary products out, and loses nothing by it.

Of the 30,000 terms that a text could have, all but a few hundred end below zero and are not kept: of those it is enough
to know that they do. Token states and output embeddings are turned so that few coordinates hold most of their products
(`balance`), and with r of d coordinates, by Cauchy-Schwarz over the others,

    h · E  ≤  h_r · E_r + ‖h_rest‖ ‖E_rest‖,

which is one inner product of r + 1 coordinates. It is made in bfloat16; with u = 2⁻⁸ for each rounding its error is at
most (2u + u²) ‖h_r‖ ‖E_r‖, one coordinate more. Terms whose bound reaches above zero, about one in ten, are multiplied
as they would have been without all this.

States are centred first (their mean adds to the bias): it is most of their length. Mean and covariance are those of
the first tokens that are seen; others make the bounds looser, never wrong.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from lsr.encoders.head import Buffers, max_products

LEARN = 4096
"""Tokens that the turn is learned from."""
WORTH = 0.4
"""Share of terms above which multiplying them again costs more than was saved."""
ROUNDING = 2.0**-8  # u, the largest relative error of rounding to bfloat16
ABOVE = 1 + 2 * ROUNDING  # what is rounded after it was multiplied by this is at least what it was
SUMS = 2.0**-12  # a generous share for sums in float32, which are not exact either
RIDGE = 0.01  # of the mean variance, for directions that the tokens seen happen not to have


class Screen:
    """Find the largest products of texts that end above zero.

    Args:
        weight: The output embedding E, float32 or bfloat16, shape (V, d).
        bias: b, shape (V,), or None.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self._weight = weight
        self._least = torch.zeros(len(weight)) if bias is None else -bias.float()
        if weight.dtype == torch.bfloat16:  # products and their sum with b are rounded where nothing is left out, too
            self._least = self._least - 2 * ROUNDING * self._least.abs()
        self._seen: list[Tensor] = []
        self._turned: _Turned | None = None
        self._off = False
        self._buffers = Buffers()

    def max_products(self, states: Tensor, lengths: Sequence[int]) -> Tensor:
        """Return max_i(h_i · E_j) where it and b_j are above zero together; elsewhere that, or -infinity.

        Args:
            states: h, of E's dtype, shape (T, d): the texts' tokens, one text after the other.
            lengths: Tokens of each text, all > 0, T in all.

        Returns:
            Shape (B, V), of E's dtype, valid until the next call.
        """
        if self._off:
            return max_products(states, lengths, self._weight, self._buffers)
        if self._turned is None:
            self._learn(states)
            return max_products(states, lengths, self._weight, self._buffers)
        turned = self._turned
        bounds = max_products(turned.of(states), lengths, turned.embedding, self._buffers)
        found = torch.full(bounds.shape, -torch.inf, dtype=self._weight.dtype)
        again = 0
        for row, text in enumerate(torch.split(states, list(lengths))):
            bound = bounds[row].float()
            bound += ROUNDING * bound.abs()  # the bound itself was rounded
            terms = torch.nonzero(bound + turned.shift >= self._least).squeeze(1)
            found[row, terms] = torch.mm(self._weight[terms], text.t()).amax(dim=1)
            again += len(terms)
        self._off = again > WORTH * found.numel()
        return found

    def _learn(self, states: Tensor) -> None:
        self._seen.append(states.float())
        if sum(map(len, self._seen)) >= LEARN:
            self._turned = _Turned(torch.cat(self._seen), self._weight.float())
            self._seen = []


class _Turned:
    """States and embeddings in coordinates whose inner products bound those of the states and embeddings."""

    def __init__(self, states: Tensor, weight: Tensor) -> None:
        self._mean = states.mean(dim=0)
        by_state, by_weight = balance(states - self._mean, weight)
        self._by_state = by_state.float()
        # With the two coordinates for what is left out, a multiple of what one product instruction takes.
        self._kept = max(1, -(-weight.shape[1] // 96) * 32 - 2)
        self.shift = weight @ self._mean
        self.embedding = self._bounding(weight @ by_weight.float().t(), 2 * ROUNDING + ROUNDING**2 + SUMS)

    def of(self, states: Tensor) -> Tensor:
        return self._bounding((states.float() - self._mean) @ self._by_state.t(), 1.0)

    def _bounding(self, turned: Tensor, error: float) -> Tensor:
        kept, rest = turned[:, : self._kept], turned[:, self._kept :]
        lengths = torch.stack([rest.norm(dim=1), error * kept.norm(dim=1)], dim=1)
        return torch.cat([kept, ABOVE * lengths], dim=1).to(torch.bfloat16)


def balance(states: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Find A and B with (A h) · (B E) = h · E whose first coordinates hold the most of such products.

    With C = L Lᵀ and G the second moments of states and embeddings, and U s² Uᵀ = Lᵀ G L, A = s^½ Uᵀ L⁻¹ and B = A⁻ᵀ:
    in every coordinate both have the same variance s, as in the balanced truncation of linear systems
    (Moore, 1981, doi:10.1109/TAC.1981.1102568).

    Args:
        states: Shape (T, d).
        weight: Shape (V, d).

    Returns:
        A and B, float64, shape (d, d); coordinates by descending s.
    """
    moments = [(rows.t() @ rows).double() / len(rows) for rows in (states, weight)]
    moment, other = (each + RIDGE * each.diagonal().mean().clamp(min=1e-30) * torch.eye(len(each)) for each in moments)
    root = torch.linalg.cholesky(moment)
    squares, vectors = torch.linalg.eigh(root.t() @ other @ root)
    scale = squares.clamp(min=1e-30).pow(0.25)
    by_state = (scale * torch.linalg.solve_triangular(root.t(), vectors, upper=True)).t().flip(0)
    return by_state, torch.linalg.inv(by_state).t()
