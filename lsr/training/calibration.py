"""Pre-flight: what a backbone's head does with real texts before step 0, and a sane start where it does not.

A fresh or oversized head gives every text nearly every term: FLOPS then costs more than ranking gains, and runs end
in all-zero vectors (arXiv:2606.18811 traces it to the scale of the head; users meet it as "all dimensions active").
The cure is linear and is written into the model's own weights, so that it is saved with it:

    z' = k z + s      k scales the last norm before the output embedding, s is added to the output bias
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lsr.training.data.batches import BatchPlan
from lsr.training.encoders import Encoders
from lsr.training.model import SparseModel, last_norm
from lsr.training.recipe import Recipe
from lsr_index.errors import ModelError

TEXTS = 128
DENSE = 0.1
"""Share of the vocabulary in a text above which the start is taken for dense."""
START = 0.05
"""Share of the vocabulary that a dense start is cut to."""
SPREAD = 2.0
"""Standard deviation of pooled logits that a wild head is scaled to."""


@dataclass(frozen=True)
class Findings:
    """Pooled logits of some texts, before anything was changed.

    Args:
        mean: Of pooled logits.
        spread: Their standard deviation.
        positive: Share of them above zero.
        empty: Share of texts without a positive one.
        between: Standard deviation over texts of a term's logit, averaged over terms: 0 if all texts look alike.
    """

    mean: float
    spread: float
    positive: float
    empty: float
    between: float


def measure(pooled: Tensor) -> Findings:
    """Describe pooled logits of shape (texts, V)."""
    positive = pooled > 0
    return Findings(
        mean=float(pooled.mean()),
        spread=float(pooled.std()),
        positive=float(positive.float().mean()),
        empty=float((positive.sum(dim=1) == 0).float().mean()),
        between=float(pooled.std(dim=0).mean()),
    )


def calibrate(encoders: Encoders, plan: BatchPlan, recipe: Recipe) -> str:
    """Look at the head on documents of the first batches and bring it to a sane start; returns a line to show.

    Raises:
        ModelError: if the start is doomed and cannot be mended, with the reason.
    """
    if recipe.model.head == "scalar":
        return "calibration: a scalar head needs none, it starts with weights near 1"
    if recipe.model.pooling != "max":
        return "calibration: only max pooling is calibrated"
    texts: list[str] = []
    for step in range(TEXTS):
        texts += plan.batch(step).documents
        if len(texts) >= TEXTS:
            break
    pooled = encoders.pooled(texts[:TEXTS])
    found = measure(pooled)
    told = (
        f"calibration on {len(pooled)} texts: logits {found.mean:.2f} ± {found.spread:.2f}, "
        f"{found.positive:.1%} of the vocabulary positive, {found.empty:.0%} of the texts empty"
    )
    if not torch.isfinite(pooled).all():
        raise ModelError(f"{recipe.model.backbone} gives logits that are no numbers; its weights are damaged")
    if found.between < 1e-3 * max(found.spread, 1e-6):
        raise ModelError(f"{recipe.model.backbone} gives all texts the same logits; nothing can be learned from them")
    changes = []
    scale = 1.0
    if found.spread > 4 * SPREAD:
        scale = SPREAD / found.spread
        _scale_head(encoders.backbone.model, scale)
        changes.append(f"head × {scale:.3g}")
    if found.positive > DENSE or found.empty > 0.5:
        shift = float(torch.quantile((pooled * scale).flatten()[:: max(1, pooled.numel() // 1_000_000)], 1 - START))
        _shift_bias(encoders, -shift, recipe)
        changes.append(f"bias {-shift:+.2f}, so that {START:.0%} are positive")
    return f"{told}; {', '.join(changes) or 'left as it is'}"


def _scale_head(backbone: nn.Module, scale: float) -> None:
    with torch.no_grad():
        for parameter in last_norm(backbone).parameters():
            parameter.mul_(scale)


def _shift_bias(encoders: Encoders, shift: float, recipe: Recipe) -> None:
    assert isinstance(encoders.documents, SparseModel)
    bias = encoders.documents.output.bias
    if bias is None:
        raise ModelError(
            f"{recipe.model.backbone} gives most texts too many or no terms and has no output bias to shift; "
            "give it one (model.output_bias), or choose a masked language model"
        )
    with torch.no_grad():
        bias.add_(shift)
