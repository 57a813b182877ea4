"""A training run: the loop from step to step, and what makes it safe to interrupt."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from lsr.training.cards import card
from lsr.training.checkpoints import Checkpoints
from lsr.training.data.batches import Batch, BatchPlan
from lsr.training.encoders import Encoders
from lsr.training.imitation import imitation_loss
from lsr.training.journal import Journal, read
from lsr.training.losses.base import Scored
from lsr.training.objective import Objective, sparsity
from lsr.training.optimizer import Optimizer
from lsr.training.processes import Processes
from lsr.training.recipe import Recipe
from lsr.training.watch import Watch
from lsr_index.errors import LsrError

MODEL, BEST, CHECKPOINTS = "model", "best", "checkpoints"
BACK_OFF = 0.5
"""What every λ is multiplied by after a collapse."""

Evaluate = Callable[[Path], Mapping[str, float]]
"""Measures a saved model: `{name: value}`, the value to choose by first."""
Teach = Callable[[Batch], Any]
"""Gives the ensemble's scores of a batch as float32[Q, D], NaN where nothing is known."""


class CollapsedError(LsrError):
    """Training collapsed again and again; the message says how."""


@dataclass
class Run:
    """Everything a run is made of.

    Args:
        folder: Where its files go.
        recipe: What it was asked for.
        encoders: The model.
        plan: The batches.
        objective: Losses and penalties.
        optimizer: Moves the parameters.
        processes: This process among others.
        watch: Notices collapses.
        teach: Teachers' scores, if a loss needs them.
        imitate: Document vectors to start from, by text, if the recipe asks for it.
        evaluate: Measures quality, if the recipe asks for it.
        revision: Of the code, for the model's card.
        progress: Called with 1 after a step, and with a negative number when the run goes back to a checkpoint.
    """

    folder: Path
    recipe: Recipe
    encoders: Encoders
    plan: BatchPlan
    objective: Objective
    optimizer: Optimizer
    processes: Processes
    watch: Watch
    teach: Teach | None = None
    imitate: Callable[[list[str]], torch.Tensor] | None = None
    evaluate: Evaluate | None = None
    progress: Callable[[int], None] = lambda _: None
    note: Callable[[str], None] = lambda _: None
    revision: str | None = None
    step: int = 0
    rollbacks: int = 0
    best: dict[str, float] = field(default_factory=dict)
    since_best: int = 0

    def __post_init__(self) -> None:
        self.checkpoints = Checkpoints(self.folder / CHECKPOINTS, self.recipe.training.keep)

    def train(self) -> None:
        """Go on from the present step to the last, then save the model.

        Raises:
            CollapsedError: if rolling back did not help.
        """
        settings = self.recipe.training
        journal = Journal(self.folder, self.step) if self.processes.first else None
        self.encoders.train()
        if self.step == 0:
            self._save()
        try:
            while self.step < settings.steps:
                started = time.perf_counter()
                figures = self._step()
                figures["seconds"] = time.perf_counter() - started
                wrong = self._wrong(figures)
                if wrong is not None:
                    self._roll_back(wrong)
                    continue
                self.step += 1
                self.progress(1)
                stop = self._look(figures)
                if journal:
                    journal.step(self.step - 1, figures)
                if self.step % settings.save_every == 0 or self.step == settings.steps or stop:
                    self._save()
                if stop:
                    self.note(f"stopped at step {self.step}: no better for {self.since_best} evaluations")
                    break
        finally:
            if journal:
                journal.close()
        if self.processes.first:
            self._write(MODEL)
        self.processes.wait()

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.encoders.load_state_dict(state["encoders"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.objective.load_state_dict(state["objective"])
        self.watch.load_state_dict(state["watch"])
        self.step, self.rollbacks = state["step"], state["rollbacks"]
        self.best, self.since_best = dict(state["best"]), state["since_best"]
        torch.set_rng_state(state["random"])

    def _step(self) -> dict[str, float]:
        batch = self.plan.batch(self.step)
        imitation = self.recipe.imitation
        if self.imitate is not None and imitation is not None and self.step < imitation.steps:
            figures = self._imitate(batch, imitation.weight)
        else:
            documents = self.encoders.encode_documents(self.processes.share(batch.documents))
            queries = self.encoders.encode_queries(self.processes.share(batch.queries))
            leaves = [
                self._leaf(documents.weights, len(batch.documents)),
                self._leaf(queries.weights, len(batch.queries)),
            ]
            loss, figures = self.objective(
                self._scored(batch, *leaves), {"document": leaves[0], "query": leaves[1]}, self.step
            )
            self._backward(loss, [(documents, leaves[0]), (queries, leaves[1])])
            sparse = sparsity(leaves[0].detach(), leaves[1].detach())
            self.objective.observe(sparse)
            figures |= sparse | self.watch.see(leaves[0].detach(), self.step)
        self.processes.sum_gradients(self.encoders.parameters())
        return figures | self.optimizer.step(self.step)

    def _imitate(self, batch: Batch, weight: float) -> dict[str, float]:
        assert self.imitate is not None
        logits = self.encoders.encode_logits(self.processes.share(batch.documents))
        leaf = self._leaf(logits.weights, len(batch.documents))
        targets = self.imitate(batch.documents).to(leaf.device)
        loss = weight * imitation_loss(leaf, targets, self.recipe.model.activation)
        self._backward(loss, [(logits, leaf)])
        told = float(loss.detach())
        nnz = float((leaf.detach() > 0).sum(dim=1).float().mean())
        return {"loss": told, "imitation": told, "document nnz": nnz}

    def _leaf(self, weights: torch.Tensor, total: int) -> torch.Tensor:
        return self.processes.gather(weights, total).requires_grad_()

    def _scored(self, batch: Batch, documents: torch.Tensor, queries: torch.Tensor) -> Scored:
        device = documents.device
        positive, own, allowed = (
            torch.from_numpy(array).to(device) for array in (batch.positive, batch.own, batch.allowed)
        )
        teacher = torch.from_numpy(self.teach(batch)).to(device) if self.teach else None
        return Scored(queries @ documents.t(), positive, own, allowed, teacher)

    def _backward(self, loss: torch.Tensor, sides: list[tuple[Any, torch.Tensor]]) -> None:
        self.optimizer.zero()
        loss.backward()  # type: ignore[no-untyped-call]
        for pending, leaf in sides:
            if leaf.grad is not None:
                pending.backward(leaf.grad[self.processes.rank :: self.processes.count])

    def _wrong(self, figures: Mapping[str, float]) -> str | None:
        if not torch.isfinite(torch.tensor([figures["loss"], figures.get("gradient", 0.0)])).all():
            return "loss or gradient is no longer a number"
        return self.watch.verdict(self.step)

    def _roll_back(self, wrong: str) -> None:
        self.rollbacks += 1
        if self.rollbacks > self.recipe.training.max_rollbacks:
            raise CollapsedError(
                f"training collapsed at step {self.step}: {wrong}, after {self.rollbacks - 1} rollbacks; "
                "lower λ or raise its target, lower the learning rate, or let more steps pass before λ is full (ramp)"
            )
        rollbacks = self.rollbacks
        steps = self.checkpoints.steps()
        # The collapse may have begun before the newest checkpoint: a second one in a row goes back one further.
        target = steps[max(0, len(steps) - rollbacks)]
        reached = self.step
        self.load(self.checkpoints.load(target))
        if self.processes.first:
            self.checkpoints.drop_after(target)
        self.processes.wait()
        self.rollbacks = rollbacks
        self.objective.back_off(BACK_OFF**rollbacks)
        self.progress(self.step - reached)
        self.note(f"step {reached}: {wrong}; back to step {self.step} with λ × {BACK_OFF**rollbacks:g}")

    def _look(self, figures: dict[str, float]) -> bool:
        """Evaluate where it is due, keep the best model, and say whether to stop early."""
        settings = self.recipe.evaluation
        if settings is None or self.evaluate is None:
            return False
        if self.step % settings.every and self.step != self.recipe.training.steps:
            return False
        if self.processes.first:
            self._write(MODEL)
            values = self.evaluate(self.folder / MODEL)
            figures |= {f"eval {name}": value for name, value in values.items()}
            name, value = next(iter(values.items()))
            self.note(f"step {self.step}: " + ", ".join(f"{key} {number:.4f}" for key, number in values.items()))
            if value > self.best.get(name, float("-inf")):
                self.best, self.since_best = {name: value, "step": self.step}, 0
                self._write(BEST)
            else:
                self.since_best += 1
        self.encoders.train()
        self.since_best = int(self.processes.tell(self.since_best))
        return settings.patience is not None and self.since_best >= settings.patience

    def _write(self, name: str) -> None:
        told = card(self.recipe, self.plan.sources, read(self.folder), self.encoders.size, self.revision)
        self.encoders.save(self.folder / name, half=self.recipe.training.half, card=told)

    def _save(self) -> None:
        if self.processes.first:
            self.checkpoints.save(self.step, self._state())
        self.processes.wait()

    def _state(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "rollbacks": self.rollbacks,
            "best": self.best,
            "since_best": self.since_best,
            "encoders": self.encoders.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "objective": self.objective.state_dict(),
            "watch": self.watch.state_dict(),
            "random": torch.get_rng_state(),
        }
