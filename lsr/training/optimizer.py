"""AdamW with warm-up and decay, a learning rate of its own for query tables, and gradient clipping."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import nn

from lsr.training.recipe import Recipe

Part = Literal["network", "head", "table"]


class Optimizer:
    """Move the parameters of a model.

    Weight decay spares vectors (biases, norms, tables): they have no directions to forget.

    Args:
        groups: Parameters by what they are: `network`, `head` (a fresh one) and `table`; those that need no gradient
            are left alone.
        recipe: Rates, warm-up, decay, clipping.
    """

    def __init__(self, groups: Mapping[Part, Sequence[nn.Parameter]], recipe: Recipe) -> None:
        settings = recipe.training
        self._settings = settings
        rates = {"network": None, "head": settings.head_learning_rate, "table": recipe.query.learning_rate}
        cut: list[dict[str, Any]] = []
        for part, parameters in groups.items():
            moved = [parameter for parameter in parameters if parameter.requires_grad]
            rate = rates[part] or settings.learning_rate
            decay = 0.0 if part == "table" else settings.weight_decay
            cut.append({"params": [p for p in moved if p.ndim > 1], "lr": rate, "weight_decay": decay})
            cut.append({"params": [p for p in moved if p.ndim <= 1], "lr": rate, "weight_decay": 0.0})
        cut = [group for group in cut if group["params"]]
        self._optimizer = torch.optim.AdamW(cut, betas=(0.9, 0.98))
        self._rates = [float(group["lr"]) for group in cut]
        self._parameters = [parameter for group in cut for parameter in group["params"]]

    def zero(self) -> None:
        """Forget the last gradients."""
        self._optimizer.zero_grad(set_to_none=True)

    def step(self, step: int) -> dict[str, float]:
        """Clip and apply the gradients of optimiser step `step`; returns the gradient's norm and the learning rate.

        A gradient that is no number is not applied.
        """
        factor = self.factor(step)
        for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * factor
        norm = float(nn.utils.clip_grad_norm_(self._parameters, self._settings.clip or math.inf))
        if math.isfinite(norm):
            self._optimizer.step()
        return {"gradient": norm, "learning rate": self._rates[0] * factor}

    def factor(self, step: int) -> float:
        """Return the share of the learning rate at a step: a linear rise, then the recipe's decay towards zero."""
        settings = self._settings
        risen = min(1.0, (step + 1) / settings.warmup) if settings.warmup else 1.0
        if settings.decay == "none" or step < settings.warmup:
            return risen
        left = 1 - (step - settings.warmup) / max(1, settings.steps - settings.warmup)
        return left if settings.decay == "linear" else (1 - math.cos(math.pi * left)) / 2

    def state_dict(self) -> dict[str, Any]:
        """Return what changes during a run."""
        return self._optimizer.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        self._optimizer.load_state_dict(state)
