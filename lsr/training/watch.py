"""The collapse watch: notices while training that representations die or flood, before hours are lost.

Four signs, averaged over the last steps: documents without a term; documents with nearly all terms; the share of all
postings that the commonest terms have (when documents have little but the same few terms, scores say nothing); and the
share of the vocabulary that has not been seen for long (reported only: large vocabularies always have dead corners).
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

COMMONEST = 10
GRACE = 200
"""Steps of ranking in which anything may happen: fresh heads are dense."""


@dataclass(frozen=True)
class Limits:
    """Averages beyond which a run is taken for collapsed."""

    empty: float = 0.5
    dense: float = 0.5
    concentration: float = 0.8


class Watch:
    """Follow a run's representations.

    Args:
        size: V.
        limits: When to call it a collapse.
        grace: Steps from the start in which anything may happen.
        memory: Share of each average that a step keeps.
    """

    def __init__(self, size: int, limits: Limits | None = None, *, grace: int = GRACE, memory: float = 0.95) -> None:
        self.limits, self.grace, self.memory = limits or Limits(), grace, memory
        self.averages: dict[str, float] = {}
        self.last_seen = torch.zeros(size, dtype=torch.int64)

    def see(self, documents: Tensor, step: int) -> dict[str, float]:
        """Take in a step's document weights, shape (D, V), and return its figures by name."""
        active = documents > 0
        counts = active.sum(dim=1)
        shares = active.float().mean(dim=0)
        common = shares.topk(min(COMMONEST, len(shares))).values.sum()
        self.last_seen[(shares > 0).cpu()] = step
        figures = {
            "empty": float((counts == 0).float().mean()),
            "dense": float((counts > documents.shape[1] // 2).float().mean()),
            "concentration": float(common / shares.sum().clamp(min=1e-9)),
            "dead": float((self.last_seen < step - 1000).float().mean()) if step > 1000 else 0.0,
        }
        for name, value in figures.items():
            self.averages[name] = self.memory * self.averages.get(name, value) + (1 - self.memory) * value
        return figures

    def verdict(self, step: int) -> str | None:
        """Return what is wrong in a few words, None while nothing is."""
        if step < self.grace:
            return None
        found = self.averages
        if found.get("empty", 0) > self.limits.empty:
            return f"{found['empty']:.0%} of the documents have no term left"
        if found.get("dense", 0) > self.limits.dense:
            return f"{found['dense']:.0%} of the documents carry more than half of the vocabulary"
        if found.get("concentration", 0) > self.limits.concentration:
            return f"the {COMMONEST} commonest terms have {found['concentration']:.0%} of all postings"
        return None

    def state_dict(self) -> dict[str, Any]:
        """Return what changes during a run."""
        return {"averages": dict(self.averages), "last_seen": self.last_seen}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        self.averages, self.last_seen = dict(state["averages"]), state["last_seen"].clone()
