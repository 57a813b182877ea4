"""What a recipe learns from: the ensemble of its teachers, and the vectors that its first steps imitate."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import cast

import torch
from scipy.sparse import csr_array
from torch import Tensor

from lsr.training.data.examples import Source
from lsr.training.encoders import Encoders
from lsr.training.own_terms import OwnTerms, heaviest
from lsr.training.processes import Processes
from lsr.training.recipe import Recipe
from lsr.training.run import Teach
from lsr.training.teachers.settings import SparseSettings, open_ensemble, open_teacher
from lsr.training.teachers.vectors import VectorTeacher
from lsr_index.errors import ModelError
from lsr_index.progress import Bars


def ensemble(recipe: Recipe, sources: Sequence[Source], processes: Processes, bars: Bars) -> Teach | None:
    """Prepare the teachers; returns what gives their scores of a batch, None where the recipe names none."""
    if recipe.teachers is None:
        return None
    teachers = open_ensemble(recipe.teachers, _cache(recipe))
    processes.in_turn(lambda: teachers.prepare(sources, bars))
    return teachers.scores


def imitated(
    recipe: Recipe, sources: Sequence[Source], encoders: Encoders, processes: Processes, bars: Bars
) -> Callable[[list[str]], Tensor] | None:
    """Prepare the models to imitate; returns what document vectors are to be, None where the recipe asks for none.

    Raises:
        ModelError: if the vocabulary of one has another size.
    """
    settings = recipe.imitation
    if settings is None:
        return None
    names = settings.models
    models = [_model(name, recipe) for name in names]
    for model in models:
        processes.in_turn(partial(model.prepare, sources, bars))
    idf = encoders.idf(sources) if settings.own_terms else torch.zeros(encoders.size)
    own = OwnTerms(encoders.document_tokenizer, idf, settings.own_terms)

    def vectors(texts: list[str]) -> Tensor:
        found = torch.zeros(len(texts), encoders.size)
        for name, model in zip(names, models, strict=True):
            rows = cast("csr_array", model.vectors(texts, "document"))
            if rows.shape[1] != encoders.size:
                raise ModelError(
                    f"{name} has {rows.shape[1]} terms, the model {encoders.size}; imitation needs the same"
                )
            found += torch.from_numpy(rows.toarray()) / len(models)
        if settings.own_terms:
            found += own(texts)
        return found if settings.terms is None else heaviest(found, settings.terms)

    return vectors


def _model(name: str, recipe: Recipe) -> VectorTeacher:
    settings = SparseSettings(model=name, max_length=recipe.model.max_length.document)
    return cast("VectorTeacher", open_teacher(settings, _cache(recipe)))


def _cache(recipe: Recipe) -> Path | None:
    return Path(recipe.teacher_cache) if recipe.teacher_cache else None
