"""λ over the steps: a quadratic ramp, or a controller that finds the λ which gives a wanted sparsity.

Steps are optimiser steps, given by the loop, so λ neither depends on how a batch is cut into forward passes nor starts
again after a resume.
"""

import math
from typing import Protocol


class Strength(Protocol):
    """λ of a penalty at a step."""

    def at(self, step: int) -> float:
        """Return λ for optimiser step `step`, counted from 0."""
        ...

    def observe(self, measured: float) -> None:
        """Learn what sparsity the step's batch had."""
        ...

    def back_off(self, factor: float) -> None:
        """Make λ smaller from here on."""
        ...


class Ramp:
    """λ(t) = λ min(1, (t / T)²) (SPLADE §4): the ranking loss has the first steps almost for itself.

    Args:
        weight: λ.
        steps: T; 0 for a constant λ.
    """

    def __init__(self, weight: float, steps: int) -> None:
        self.weight, self.steps = weight, steps

    def at(self, step: int) -> float:
        """Return λ for optimiser step `step`."""
        return self.weight * _risen(step, self.steps)

    def observe(self, measured: float) -> None:
        """Learn nothing: this λ is given."""

    def back_off(self, factor: float) -> None:
        """Make λ smaller from here on."""
        self.weight *= factor

    def state_dict(self) -> dict[str, float]:
        """Return what changes during a run."""
        return {"weight": self.weight}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Go on from a saved state."""
        self.weight = state["weight"]


class Target:
    """λ that keeps a measured quantity (mean non-zeros of a text, FLOPS) at a target.

    log λ follows a PI controller on e = log(measured / target): λ grows while texts are too dense and shrinks while
    they are too sparse. Logarithms make the same gains right for λ of 1e-5 and of 10, for targets of 20 and of 500.
    The target is approached from the first dense state over `steps` steps, geometrically, so that ranking is learned
    before terms are lost.

    Args:
        target: What to keep, > 0.
        start: The first λ.
        steps: Steps until the full target holds.
        gain: How much of e moves log λ at once.
        integral: How much of e moves log λ in every step.
        memory: Share of the moving average of log(measured) that a step keeps.
    """

    LOWEST, HIGHEST = 1e-9, 1e6

    def __init__(
        self,
        target: float,
        *,
        start: float = 1e-4,
        steps: int = 0,
        gain: float = 0.5,
        integral: float = 0.02,
        memory: float = 0.9,
    ) -> None:
        self.target, self.steps = target, steps
        self.gain, self.integral, self.memory = gain, integral, memory
        self.base = math.log(start)
        self.smoothed: float | None = None
        self.first: float | None = None
        self.step = 0

    def at(self, step: int) -> float:
        """Return λ for optimiser step `step`."""
        self.step = step
        return min(max(math.exp(self.base + self.gain * self._error()), self.LOWEST), self.HIGHEST)

    def goal(self, step: int) -> float:
        """Return what is aimed at in this step."""
        if self.first is None or self.first <= self.target or not self.steps:
            return self.target
        left = max(0.0, 1 - step / self.steps)
        return self.target * math.exp(left * math.log(self.first / self.target))

    def observe(self, measured: float) -> None:
        """Move λ by what the step's batch had."""
        level = math.log(max(measured, 1e-3))
        if self.smoothed is None:
            self.smoothed, self.first = level, max(measured, 1e-3)
        self.smoothed = self.memory * self.smoothed + (1 - self.memory) * level
        moved = self.base + self.integral * self._error()
        self.base = min(max(moved, math.log(self.LOWEST)), math.log(self.HIGHEST))

    def back_off(self, factor: float) -> None:
        """Make λ smaller from here on."""
        self.base += math.log(factor)

    def state_dict(self) -> dict[str, float | None]:
        """Return what changes during a run."""
        return {"base": self.base, "smoothed": self.smoothed, "first": self.first}

    def load_state_dict(self, state: dict[str, float | None]) -> None:
        """Go on from a saved state."""
        self.base, self.smoothed, self.first = state["base"] or 0.0, state["smoothed"], state["first"]

    def _error(self) -> float:
        return 0.0 if self.smoothed is None else self.smoothed - math.log(self.goal(self.step))


def _risen(step: int, steps: int) -> float:
    return 1.0 if steps <= 0 else min(1.0, (step + 1) / steps) ** 2
