"""The network of a scalar head in training: a backbone, and one number for each token of the text."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from lsr.encoders.reading import Reading
from lsr.encoders.saved_networks import SCALAR
from lsr.encoders.scalar_head import term_weights
from lsr.training.model import Model


class ScalarModel(Model):
    """Texts' token ids to weights of these tokens, w = max over a term's tokens of relu(w · h_i + b).

    It starts near 1 for every token, with the bag of a text's words: random signs would silence half of them for good.

    Args:
        backbone: A transformers model; its vocabulary head, if any, is left out.
        silent: Terms that never weigh anything.
        reading: How texts are read.
        groups: int64, the folded term of each token; None folds nothing.
    """

    def __init__(
        self, backbone: PreTrainedModel, silent: Sequence[int], reading: Reading, groups: Tensor | None = None
    ) -> None:
        super().__init__()
        self.backbone = backbone.base_model
        self.read = reading
        embedding = cast("nn.Embedding", backbone.get_input_embeddings())
        self.register_buffer("groups", groups, persistent=False)
        self.size = int(embedding.num_embeddings if groups is None else groups.max() + 1)
        self.silent: Tensor
        self.register_buffer("silent", torch.tensor(sorted(silent)))
        self.head = nn.Linear(backbone.config.get_text_config().hidden_size, 1)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.ones_(self.head.bias)

    def forward(self, ids: Tensor, attention: Tensor) -> Tensor:
        """Encode a padded batch."""
        states = self.read(self.backbone, ids, attention)
        logits = self.head(states).squeeze(1)
        tokens = ids[attention.bool()]
        tokens = tokens if self.groups is None else self.groups[tokens]
        return term_weights(logits, tokens, attention.sum(dim=1).tolist(), self.size, self.silent)

    def saved(self, backbone: PreTrainedModel) -> PreTrainedModel:
        """Return the backbone without its vocabulary head."""
        return cast("PreTrainedModel", backbone.base_model)

    def beside(self) -> dict[str, Tensor]:
        """Return the head."""
        return dict(zip(SCALAR, (self.head.weight.squeeze(0), self.head.bias.squeeze(0), self.silent), strict=True))
