"""What every ranking loss is given: a batch's scores and which of them may be compared."""

from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor

Over = Literal["own", "batch"]
"""Which candidates a loss compares: those listed with the query, or all documents of the batch."""


@dataclass(frozen=True)
class Scored:
    """Scores of Q queries against the D documents of a batch, from all processes together.

    Args:
        scores: The student's, shape (Q, D).
        positive: int64[Q], the column of each query's positive.
        own: bool, shape (Q, D): listed with the query, the positive included.
        allowed: bool, shape (Q, D): may count as a candidate; false for the query's other known positives.
        teacher: Shape (Q, D), NaN where no teacher knows the pair; None without teachers.
    """

    scores: Tensor
    positive: Tensor
    own: Tensor
    allowed: Tensor
    teacher: Tensor | None = None

    def candidates(self, over: Over) -> Tensor:
        """Return bool, shape (Q, D): what a loss over `over` compares."""
        return self.own & self.allowed if over == "own" else self.allowed

    def taught(self, over: Over) -> tuple[Tensor, Tensor]:
        """Return the teacher's scores without NaN and which candidates it knows, both of shape (Q, D).

        Raises:
            ValueError: if there is no teacher.
        """
        if self.teacher is None:
            raise ValueError("this loss needs teacher scores and there are none")
        known = self.candidates(over) & ~torch.isnan(self.teacher)
        return torch.nan_to_num(self.teacher, nan=0.0), known


class Loss(Protocol):
    """A ranking loss as a scalar Tensor."""

    needs_teacher: bool

    def __call__(self, batch: Scored) -> Tensor:
        """Return the loss, a mean over queries."""
        ...
