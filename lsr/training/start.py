"""From a recipe and a folder to a run that can be trained: a new one, or one that was interrupted."""

import platform
import random
import subprocess
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np
import torch
import yaml

from lsr.training import components, teaching
from lsr.training.calibration import calibrate
from lsr.training.checkpoints import Checkpoints
from lsr.training.data.batches import BatchPlan
from lsr.training.data.settings import open_sources
from lsr.training.encoders import Encoders
from lsr.training.optimizer import Optimizer
from lsr.training.preflight import idle, lengths
from lsr.training.processes import Processes
from lsr.training.recipe import Recipe, read
from lsr.training.run import CHECKPOINTS, Evaluate, Run
from lsr.training.watch import GRACE, Watch
from lsr_index.errors import IndexExistsError, InputError
from lsr_index.progress import Bars, silent

RECIPE, ENVIRONMENT = "recipe.yaml", "environment.yaml"


def start(
    recipe: Recipe,
    folder: Path,
    *,
    resume: bool = False,
    evaluate: Evaluate | None = None,
    bars: Bars = silent,
    note: Callable[[str], None] = lambda _: None,
) -> Run:
    """Build a run.

    Args:
        recipe: What to train.
        folder: Where the run's files go.
        resume: Go on from the newest checkpoint in `folder`; the recipe must be the one that it was started with.
        evaluate: Measures a saved model in the loop.
        bars: Shows progress of what comes before the first step.
        note: Tells the person at the terminal something.

    Raises:
        IndexExistsError: if the folder holds a run and `resume` was not asked for.
        InputError: if there is nothing to resume, or it was another recipe's.
        ModelError: if the backbone cannot be used.
    """
    processes = Processes()
    if not processes.first:
        note = _silent
    _check_folder(recipe, folder, resume)
    _seed(recipe.training.seed)
    sources = open_sources(recipe.data.sources, recipe.training.seed)
    precision = components.precision(recipe.training.precision, processes.device)
    encoders = Encoders(recipe, sources, processes.device, precision)
    data = recipe.data
    plan = BatchPlan(
        sources, data.queries_per_batch, data.negatives_per_query, recipe.training.seed, data.mix,
        data.queries_per_document,
    )  # fmt: skip
    run = Run(
        folder=folder,
        recipe=recipe,
        encoders=encoders,
        plan=plan,
        objective=components.objective(recipe, encoders.size, encoders.idf(sources)),
        optimizer=Optimizer(encoders.groups(), recipe),
        processes=processes,
        watch=Watch(encoders.size, grace=GRACE + (recipe.imitation.steps if recipe.imitation else 0)),
        teach=teaching.ensemble(recipe, sources, processes, bars),
        imitate=teaching.imitated(recipe, sources, encoders, processes, bars),
        evaluate=evaluate,
        note=note,
        revision=_revision(),
    )
    if resume:
        run.load(Checkpoints(folder / CHECKPOINTS).load())
    else:
        for told in (*idle(recipe), *lengths(encoders, plan), calibrate(encoders, plan, recipe)):
            note(told)
        if processes.first:
            _record(recipe, folder)
    return run


def _silent(_: str) -> None:
    """Leave it to the first process."""


def _check_folder(recipe: Recipe, folder: Path, resume: bool) -> None:
    there = (folder / RECIPE).is_file()
    if there and not resume:
        raise IndexExistsError(f"{folder} holds a run; add --resume to go on with it, or choose another folder")
    if not resume:
        return
    if not there:
        raise InputError(f"{folder} holds no run to resume; leave --resume out")
    before = read(folder / RECIPE)
    if before != recipe:
        changed = next(key for key in Recipe.model_fields if getattr(before, key) != getattr(recipe, key))
        raise InputError(
            f"{folder} was started with another recipe ({changed} differs); resume it with {folder / RECIPE}"
        )


def _seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def _record(recipe: Recipe, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    facts = {
        "revision": _revision(),
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in ("lsr", "torch", "transformers", "numpy")},
        "threads": torch.get_num_threads(),
    }
    (folder / ENVIRONMENT).write_text(yaml.safe_dump(facts, sort_keys=False), encoding="utf-8")
    # Last: a folder with a recipe is a run.
    content = recipe.model_dump(mode="json")
    (folder / RECIPE).write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _revision() -> str | None:
    """Return the git revision of the code, with a + where it has been changed; None outside a clone."""
    where = Path(__file__).parent
    git = ["git", "-C", str(where)]
    try:
        revision = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return revision.stdout.strip() + ("+" if changed.stdout.strip() else "")
