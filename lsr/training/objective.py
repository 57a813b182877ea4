"""What is minimised: ranking losses on the scores plus λ × penalty for each side, on a batch's weights alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from lsr.training.losses.base import Loss, Scored
from lsr.training.regularizers.base import Regularizer
from lsr.training.sparsity import Ramp, Target

Side = Literal["document", "query"]


@dataclass
class WeightedLoss:
    """A ranking loss and its share of the sum."""

    name: str
    loss: Loss
    weight: float


@dataclass
class WeightedPenalty:
    """A regulariser of one side, its λ, and what a λ that follows a target looks at."""

    name: str
    side: Side
    penalty: Regularizer
    strength: Ramp | Target
    watches: Literal["nnz", "flops"] = "nnz"


class Objective:
    """The sum of losses and penalties.

    Args:
        losses: None where all steps imitate.
        penalties: None, or several for each side.
    """

    def __init__(self, losses: Sequence[WeightedLoss], penalties: Sequence[WeightedPenalty]) -> None:
        self.losses, self.penalties = losses, penalties

    def __call__(self, scored: Scored, weights: Mapping[Side, Tensor], step: int) -> tuple[Tensor, dict[str, float]]:
        """Return the sum as a scalar, and the figures of the step by name.

        Args:
            scored: Scores that hang on `weights`.
            weights: Both sides' weights, shapes (D, V) and (Q, V).
            step: The optimiser step, from 0.
        """
        figures: dict[str, float] = {}
        total = scored.scores.new_zeros(())
        for part in self.losses:
            value = part.loss(scored)
            figures[part.name] = float(value.detach())
            total = total + part.weight * value
        for term in self.penalties:
            strength = term.strength.at(step)
            value = term.penalty(weights[term.side])
            figures[f"{term.side} {term.name}"] = float(value.detach())
            figures[f"{term.side} λ {term.name}"] = strength
            total = total + strength * value
        figures["loss"] = float(total.detach())
        return total, figures

    def observe(self, sparsity: Mapping[str, float]) -> None:
        """Let every λ that follows a target see the step's `document nnz`, `query nnz` and `flops`."""
        for term in self.penalties:
            name = "flops" if term.watches == "flops" else f"{term.side} nnz"
            term.strength.observe(sparsity[name])

    def back_off(self, factor: float) -> None:
        """Make every λ smaller from here on."""
        for term in self.penalties:
            term.strength.back_off(factor)

    def state_dict(self) -> list[dict[str, Any]]:
        """Return what changes during a run, penalty by penalty."""
        return [{"strength": term.strength.state_dict(), "penalty": _state(term.penalty)} for term in self.penalties]

    def load_state_dict(self, states: Sequence[Mapping[str, Any]]) -> None:
        """Go on from a saved state."""
        for term, state in zip(self.penalties, states, strict=True):
            term.strength.load_state_dict(state["strength"])
            if state["penalty"] is not None:
                term.penalty.load_state_dict(state["penalty"])  # type: ignore[attr-defined]


def sparsity(documents: Tensor, queries: Tensor) -> dict[str, float]:
    """Return mean non-zeros of both sides and the FLOPS metric Σ_j p_q(j) p_d(j) (SPLADE §4), p activation shares."""
    active = documents > 0, queries > 0
    shares = [rows.float().mean(dim=0) for rows in active]
    return {
        "document nnz": float(active[0].sum(dim=1).float().mean()),
        "query nnz": float(active[1].sum(dim=1).float().mean()),
        "flops": float(torch.dot(*shares)),
    }


def _state(penalty: Regularizer) -> Any:
    state = getattr(penalty, "state_dict", None)
    return None if state is None else state()
