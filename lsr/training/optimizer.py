"""AdamW with warm-up and decay, a learning rate of its own for query tables, and gradient clipping."""

import math
from typing import Any

import torch
from torch import nn

from lsr.training.recipe import Recipe


class Optimizer:
    """Move the parameters of a model.

    Weight decay spares vectors (biases, norms, tables): they have no directions to forget.

    Args:
        network: Parameters at the recipe's learning rate; those that need no gradient are left alone.
        table: Parameters at `query.learning_rate`.
        recipe: Rates, warm-up, decay, clipping.
    """

    def __init__(self, network: list[nn.Parameter], table: list[nn.Parameter], recipe: Recipe) -> None:
        settings = recipe.training
        self._settings = settings
        network = [parameter for parameter in network if parameter.requires_grad]
        table = [parameter for parameter in table if parameter.requires_grad]
        rate = settings.learning_rate
        groups = [
            {"params": [p for p in network if p.ndim > 1], "lr": rate, "weight_decay": settings.weight_decay},
            {"params": [p for p in network if p.ndim <= 1], "lr": rate, "weight_decay": 0.0},
            {"params": table, "lr": recipe.query.learning_rate or rate, "weight_decay": 0.0},
        ]
        groups = [group for group in groups if group["params"]]
        self._optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98))
        self._rates = [float(group["lr"]) for group in groups]  # type: ignore[arg-type]
        self._parameters = network + table

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
