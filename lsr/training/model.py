"""The network that is trained: a backbone with a vocabulary head, pooled to one weight a term."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, cast

from torch import Tensor, nn
from transformers import PreTrainedModel

from lsr.encoders.activations import ACTIVATIONS
from lsr.encoders.head import fold
from lsr.encoders.max_pooling import max_pool
from lsr.encoders.reading import Reading
from lsr.encoders.sum_pooling import sum_pool
from lsr_index.errors import ModelError

POOLINGS = ("max", "sum")


class Model(nn.Module, ABC):
    """A network from padded token ids to term weights."""

    size: int
    """Terms of the vocabulary, V."""
    groups: Tensor | None
    """int64, the folded term of each token; None where nothing is folded."""

    @abstractmethod
    def forward(self, ids: Tensor, attention: Tensor) -> Tensor:
        """Encode a padded batch.

        Args:
            ids: int64, shape (B, L), padded on the right.
            attention: int64, shape (B, L): 1 for tokens, 0 for padding; at least one token a text.

        Returns:
            Term weights >= 0, float32, shape (B, V).
        """

    def saved(self, backbone: PreTrainedModel) -> PreTrainedModel:
        """Return the part of a loaded backbone that is saved."""
        return backbone

    def beside(self) -> dict[str, Tensor]:
        """Return what is saved beside the backbone, by name."""
        return {}


class SparseModel(Model):
    """Texts' token ids to term weights, w = pool_i act(h_i Eᵀ + b).

    The backbone stays whole, so that it is saved as transformers knows it; only its output embedding is called by the
    fused pooling instead of by the backbone.

    Args:
        backbone: A transformers model with a language-model head.
        pooling: `max` (SPLADE v2) or `sum` (v1).
        activation: A name of `lsr.encoders.activations`.
        reading: How texts are read.
        groups: int64, the folded term of each output; None folds nothing.

    Raises:
        ValueError: for an unknown pooling or activation.
    """

    def __init__(
        self,
        backbone: nn.Module,
        *,
        pooling: str = "max",
        activation: str = "relu",
        reading: Reading | None = None,
        groups: Tensor | None = None,
    ) -> None:
        super().__init__()
        if pooling not in POOLINGS or activation not in ACTIVATIONS:
            raise ValueError(f"unknown pooling {pooling!r} or activation {activation!r}")
        self.backbone = backbone
        self.pooling = pooling
        self.activation = activation
        self.read = reading or Reading()
        output = backbone.get_output_embeddings()  # type: ignore[operator]
        # Shadowing the method leaves the module, its parameters, ties and names as they are.
        output.forward = _let_through
        self.register_buffer("groups", groups, persistent=False)
        self.size = int(output.weight.shape[0] if groups is None else groups.max() + 1)

    @property
    def output(self) -> nn.Linear:
        """The output embedding E with its bias b."""
        return cast("nn.Linear", self.backbone.get_output_embeddings())  # type: ignore[operator]

    def forward(self, ids: Tensor, attention: Tensor) -> Tensor:
        """Encode a padded batch."""
        states, lengths = self.states(ids, attention)
        if self.pooling == "sum":
            sums = sum_pool(states, lengths, self.output.weight, self.output.bias, self.activation)
            return self._folded(sums)
        return ACTIVATIONS[self.activation](self.pooled(states, lengths))

    def states(self, ids: Tensor, attention: Tensor) -> tuple[Tensor, list[int]]:
        """Return the states before the output embedding, flat, shape (T, d), and each text's number of tokens."""
        return self.read(self.backbone, ids, attention), attention.sum(dim=1).tolist()

    def pooled(self, states: Tensor, lengths: Sequence[int]) -> Tensor:
        """Return the largest logit of every term in every text, shape (B, V)."""
        return self._folded(max_pool(states, lengths, self.output.weight, self.output.bias))

    def beside(self) -> dict[str, Tensor]:
        """Return what calibration and training may have changed outside adapters: the bias and the last norm."""
        kept = {id(self.output.bias), *(id(parameter) for parameter in last_norm(self.backbone).parameters())}
        return {name: parameter for name, parameter in self.backbone.named_parameters() if id(parameter) in kept}

    def _folded(self, pooled: Tensor) -> Tensor:
        return pooled if self.groups is None else fold(pooled, self.groups, self.size)


def last_norm(backbone: nn.Module) -> nn.Module:
    """Return the norm before the output embedding; raises ModelError if there is none."""
    norms = [m for m in backbone.modules() if isinstance(m, nn.LayerNorm) or type(m).__name__.endswith("RMSNorm")]
    if not norms:
        raise ModelError(f"{type(backbone).__name__} has no norm before its head, so its logits have no scale to set")
    return norms[-1]


def _let_through(states: Tensor, *_: Any) -> Tensor:
    return states
