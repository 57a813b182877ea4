"""The network that is trained: a backbone with a vocabulary head, pooled to one weight a term."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from lsr.encoders.activations import ACTIVATIONS
from lsr.encoders.max_pooling import max_pool
from lsr.encoders.sum_pooling import sum_pool

POOLINGS = ("max", "sum")


class SparseModel(nn.Module):
    """Texts' token ids to term weights, w = pool_i act(h_i Eᵀ + b).

    The backbone stays whole, so that it is saved as transformers knows it; only its output embedding is called by the
    fused pooling instead of by the backbone.

    Args:
        backbone: A transformers model with a language-model head.
        pooling: `max` (SPLADE v2) or `sum` (v1).
        activation: A name of `lsr.encoders.activations`.

    Raises:
        ValueError: for an unknown pooling or activation.
    """

    def __init__(self, backbone: nn.Module, *, pooling: str = "max", activation: str = "relu") -> None:
        super().__init__()
        if pooling not in POOLINGS or activation not in ACTIVATIONS:
            raise ValueError(f"unknown pooling {pooling!r} or activation {activation!r}")
        self.backbone = backbone
        self.pooling = pooling
        self.activation = activation
        output = backbone.get_output_embeddings()  # type: ignore[operator]
        # Shadowing the method leaves the module, its parameters, ties and names as they are.
        output.forward = _let_through

    @property
    def output(self) -> nn.Linear:
        """The output embedding E with its bias b."""
        return cast("nn.Linear", self.backbone.get_output_embeddings())  # type: ignore[operator]

    @property
    def size(self) -> int:
        """Terms of the vocabulary, V."""
        return int(self.output.weight.shape[0])

    def forward(self, ids: Tensor, attention: Tensor) -> Tensor:
        """Encode a padded batch.

        Args:
            ids: int64, shape (B, L).
            attention: int64, shape (B, L): 1 for tokens, 0 for padding; at least one token a text.

        Returns:
            Term weights >= 0, float32, shape (B, V).
        """
        states, lengths = self.states(ids, attention)
        if self.pooling == "sum":
            return sum_pool(states, lengths, self.output.weight, self.output.bias, self.activation)
        return ACTIVATIONS[self.activation](self.pooled(states, lengths))

    def states(self, ids: Tensor, attention: Tensor) -> tuple[Tensor, list[int]]:
        """Return the states before the output embedding, flat, shape (T, d), and each text's number of tokens."""
        states = self.backbone(input_ids=ids, attention_mask=attention).logits
        if torch.is_autocast_enabled(ids.device.type):
            states = states.to(torch.get_autocast_dtype(ids.device.type))
        return states[attention.bool()], attention.sum(dim=1).tolist()

    def pooled(self, states: Tensor, lengths: Sequence[int]) -> Tensor:
        """Return the largest logit of every term in every text, shape (B, V)."""
        return max_pool(states, lengths, self.output.weight, self.output.bias)


def _let_through(states: Tensor, *_: Any) -> Tensor:
    return states
