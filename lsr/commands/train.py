"""`lsr train`: train a sparse retriever from a recipe."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lsr import console

if TYPE_CHECKING:
    from lsr.training.recipe import Evaluation
    from lsr.training.run import Evaluate

EVALUATOR = "lsr_eval.in_training:evaluator"
"""Retrieval quality is measured by the floor above, so it is named here and loaded only when a recipe asks for it."""


def run(
    recipe: Annotated[Path, typer.Argument(help="A recipe, such as recipes/inference-free.yaml.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The run's folder.", show_default="runs/NAME")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint.")] = False,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="Change a setting: training.steps=100. May be repeated.")
    ] = None,
) -> None:
    """Train a sparse retriever from a recipe."""
    from lsr.training import recipe as recipes
    from lsr.training.start import start

    settings = recipes.read(recipe, overrides)
    folder = output or Path("runs") / settings.name
    evaluate = _evaluator(settings.evaluation) if settings.evaluation else None
    training = start(settings, folder, resume=resume, evaluate=evaluate, bars=console.progress, note=console.note)
    with console.progress(f"training {settings.name}", settings.training.steps) as progress:
        training.progress = progress
        progress(training.step)
        training.train()
    if not training.processes.first:
        return
    console.note(f"{folder / 'model'}: trained {training.step} steps; the curves are in {folder / 'curves.png'}")
    if training.best:
        console.note(f"{folder / 'best'}: " + ", ".join(f"{key} {value:g}" for key, value in training.best.items()))


def _evaluator(settings: "Evaluation") -> "Evaluate":
    module, _, name = EVALUATOR.partition(":")
    make: Callable[..., Evaluate] = getattr(importlib.import_module(module), name)
    return make(settings.datasets, settings.measure, settings.max_length)
