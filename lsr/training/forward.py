"""From token lists to weights and back, whatever the batch's size: sub-batches of like length under a token budget.

The ranking loss needs all weights of a batch at once; the network can only take so many tokens. So the weights become
leaves: the loss runs on them alone, and the gradient that it leaves there is sent through the network afterwards, a
sub-batch at a time. The result does not depend on how the batch was cut. With `cached` the graph of a sub-batch is
built only then (Gao et al., arXiv:2101.06983): memory for one sub-batch, one more forward pass.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lsr.training.model import Model, SparseModel

Network = Callable[[Tensor, Tensor], Tensor]
"""Takes ids and attention, both (B, L), and gives (B, V)."""


@dataclass
class Pending:
    """Weights of some texts, and the way back into the network.

    Args:
        weights: float32, shape (n, V), detached; an empty text has an empty row.
        backward: Takes the loss's gradient by the weights, shape (n, V).
    """

    weights: Tensor
    backward: Callable[[Tensor], None]


class Forward:
    """Run a model over token lists.

    Args:
        model: The network.
        pad_id: Token id for padding.
        budget: Padded tokens in a sub-batch; one text may be longer.
        precision: float32, or bfloat16 for autocast.
        cached: Build graphs only for the backward pass.
    """

    def __init__(self, model: Model, pad_id: int, budget: int, precision: torch.dtype, *, cached: bool = False) -> None:
        self.model, self.pad_id, self.budget, self.cached = model, pad_id, budget, cached
        self.device = next(model.parameters()).device
        self.precision = precision

    def __call__(self, texts: Sequence[Sequence[int] | None]) -> Pending:
        """Encode texts given as token ids, None for an empty one, to weights."""
        return self._run(self.model, texts)

    def logits(self, texts: Sequence[Sequence[int] | None]) -> Pending:
        """Give the largest logit of every term instead of weights; zeros for an empty text."""
        model = self.model
        assert isinstance(model, SparseModel), "scalar heads have no logits of terms"
        return self._run(lambda ids, attention: model.pooled(*model.states(ids, attention)), texts)

    def _run(self, network: Network, texts: Sequence[Sequence[int] | None]) -> Pending:
        weights = torch.zeros(len(texts), self.model.size, device=self.device)
        parts: list[tuple[Tensor, _Part]] = []
        for positions in self._cut(texts):
            part = _Part(lambda batch: self._padded(network, batch), [texts[n] or [] for n in positions], self.cached)
            at = torch.tensor(positions, device=self.device)
            weights[at] = part.forward()
            parts.append((at, part))

        def backward(gradient: Tensor) -> None:
            for at, part in parts:
                part.backward(gradient[at])

        return Pending(weights, backward)

    def _padded(self, network: Network, texts: Sequence[Sequence[int]]) -> Tensor:
        width = max(len(ids) for ids in texts)
        ids = torch.full((len(texts), width), self.pad_id, dtype=torch.long)
        attention = torch.zeros(len(texts), width, dtype=torch.long)
        for row, tokens in enumerate(texts):
            ids[row, : len(tokens)] = torch.tensor(tokens)
            attention[row, : len(tokens)] = 1
        half = self.precision == torch.bfloat16
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=half):
            return network(ids.to(self.device), attention.to(self.device))

    def _cut(self, texts: Sequence[Sequence[int] | None]) -> list[list[int]]:
        filled = sorted((n for n, ids in enumerate(texts) if ids), key=lambda n: (len(texts[n] or ()), n))
        cuts: list[list[int]] = []
        for n in filled:
            length = len(texts[n] or ())
            if not cuts or (len(cuts[-1]) + 1) * length > self.budget:
                cuts.append([])
            cuts[-1].append(n)
        return cuts


class _Part:
    """One sub-batch: keeps its graph, or what it takes to build the same one again."""

    def __init__(self, run: Callable[[list[Sequence[int]]], Tensor], texts: list[Sequence[int]], cached: bool) -> None:
        self._run, self._texts, self._cached = run, texts, cached
        self._graph: Tensor | None = None
        self._random: list[Tensor] = []

    def forward(self) -> Tensor:
        if self._cached:
            self._random = _random()
            with torch.no_grad():
                return self._run(self._texts)
        self._graph = self._run(self._texts)
        return self._graph.detach()

    def backward(self, gradient: Tensor) -> None:
        graph = self._graph if self._graph is not None else self._again()
        if graph.requires_grad:
            graph.backward(gradient)  # type: ignore[no-untyped-call]
        self._graph = None

    def _again(self) -> Tensor:
        # The same dropout as in the first pass, and afterwards the generators as they were.
        now = _random()
        _set_random(self._random)
        try:
            return self._run(self._texts)
        finally:
            _set_random(now)


def _random() -> list[Tensor]:
    return [torch.get_rng_state(), *torch.cuda.get_rng_state_all()]


def _set_random(states: list[Tensor]) -> None:
    torch.set_rng_state(states[0])
    torch.cuda.set_rng_state_all(states[1:])
