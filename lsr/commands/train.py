"""`lsr train`: train a sparse retriever from a recipe."""

import importlib
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from lsr import console

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

    settings = recipes.read(recipe, overrides)
    folder = output or Path("runs") / settings.name
    with ExitStack() as stack:

        def bar(label: str, total: int | None) -> Any:
            return stack.enter_context(console.progress(label, total))

        from lsr.training.start import start

        evaluate = _evaluator(settings.evaluation.model_dump()) if settings.evaluation else None
        training = start(settings, folder, resume=resume, evaluate=evaluate, progress=bar, note=console.note)
        training.progress = bar(f"training {settings.name}", settings.training.steps)
        training.progress(training.step)
        training.train()
    console.note(f"{folder / 'model'}: trained {training.step} steps; the curves are in {folder / 'curves.png'}")
    if training.best:
        console.note(f"{folder / 'best'}: " + ", ".join(f"{key} {value:g}" for key, value in training.best.items()))


def _evaluator(settings: Mapping[str, Any]) -> Callable[[Path], Mapping[str, float]]:
    module, _, name = EVALUATOR.partition(":")
    make = getattr(importlib.import_module(module), name)
    return cast("Callable[[Path], Mapping[str, float]]", make(**settings))
