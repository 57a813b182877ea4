"""How a backbone reads texts: token ids in, one state for each token of the text out; the same in training and after.

A decoder sees only what stands to the left. There are two ways round that: lift its causal mask (bidirectional; it has
to be trained to live with that), or give it the text twice and take the states of the second copy, whose tokens all
have the whole text to their left (echo: Springer et al., arXiv:2402.15449; with SPLADE: arXiv:2408.11119).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

ATTENTIONS = ("as-is", "bidirectional")


@dataclass(frozen=True)
class Reading:
    """Settings of how texts are read.

    Args:
        attention: `as-is`, or `bidirectional`: lift a decoder's causal mask; no other model has one.
        echo: Give each text twice, special tokens and all, and count the second copy only.
    """

    attention: str = "as-is"
    echo: bool = False

    @property
    def copies(self) -> int:
        """How often a text is given."""
        return 2 if self.echo else 1

    def prepare(self, model: PreTrainedModel) -> None:
        """Set a freshly loaded model's attention."""
        if self.attention == "bidirectional":
            model.config.get_text_config().is_causal = False  # the masks follow it
            for module in model.modules():
                if isinstance(getattr(module, "is_causal", None), bool):
                    # And this where no mask is made, since nothing is padded.
                    module.is_causal = False  # type: ignore[assignment]

    def __call__(self, body: nn.Module, ids: Tensor, attention: Tensor) -> Tensor:
        """Return the states of all texts' tokens, one text after the other, shape (T, d).

        Args:
            body: A model of transformers whose logits are states, or that ends in states.
            ids: int64, shape (B, L), padded on the right.
            attention: int64, shape (B, L): 1 for tokens, 0 for padding; at least one token a text.
        """
        counted = attention.bool()
        if self.echo:
            ids, attention, counted = twice(ids, attention)
        output = body(input_ids=ids, attention_mask=attention)
        states: Tensor = output.logits if "logits" in output else output.last_hidden_state
        if torch.is_autocast_enabled(ids.device.type):
            states = states.to(torch.get_autocast_dtype(ids.device.type))
        return states[counted]


def twice(ids: Tensor, attention: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Repeat every text right behind itself.

    Args:
        ids: Shape (B, L), padded on the right.
        attention: Shape (B, L).

    Returns:
        Ids and attention, shape (B, 2 L), and bool (B, 2 L): the second copy.
    """
    lengths = attention.sum(dim=1, keepdim=True)
    places = torch.arange(2 * ids.shape[1], device=ids.device).expand(len(ids), -1)
    second = (places >= lengths) & (places < 2 * lengths)
    source = torch.where(second, places - lengths, places).clamp(max=ids.shape[1] - 1)
    return ids.gather(1, source), (places < 2 * lengths).to(attention.dtype), second
