"""The card of a model that was just trained: what its recipe and its last steps know of it."""

from collections.abc import Mapping, Sequence

from lsr.encoders.card import Ancestor, ModelCard, Queries, Result, TrainingData, render
from lsr.encoders.catalog import CATALOG
from lsr.training.data.examples import Source
from lsr.training.recipe import Loss, Penalty, Recipe

LAST = 50
"""Steps whose means a card tells."""


def card(
    recipe: Recipe, sources: Sequence[Source], steps: Sequence[Mapping[str, float]], size: int, revision: str | None
) -> str:
    """Return a card as Markdown.

    Args:
        recipe: What was trained.
        sources: What it was trained on.
        steps: The figures of the steps, as the log has them.
        size: V.
        revision: Of the code.
    """
    told, kind = recipe.card, recipe.query.kind
    queries: Queries = "same" if kind == "same" else "separate" if kind == "separate" else "inference-free"
    last = steps[-LAST:]
    evaluated = next((step for step in reversed(steps) if any(name.startswith("eval ") for name in step)), {})
    values = {name.removeprefix("eval "): value for name, value in evaluated.items() if name.startswith("eval ")}
    evaluation = recipe.evaluation
    results = [Result(name, [value]) for name, value in values.items() if name != "nnz"]
    return render(
        ModelCard(
            name=recipe.name,
            summary=told.summary
            or recipe.notes
            or f"A sparse retriever after {recipe.paper or 'a recipe of its own'}.",
            license=told.license,
            languages=told.languages,
            base_model=recipe.model.backbone,
            queries=queries,
            vocabulary_size=size,
            max_length=recipe.model.max_length.model_dump(),
            pooling=recipe.model.pooling,
            activation=recipe.model.activation,
            data=[
                TrainingData(source.name, len(source.examples), told.data_licenses.get(source.name, ""))
                for source in sources
            ],
            losses=[*_imitation(recipe), *(_loss(loss) for loss in recipe.losses if not recipe.only_imitates)],
            regularizers=[]
            if recipe.only_imitates
            else [
                f"{side}s: {_penalty(penalty, last, side)}"
                for side, penalties in (
                    ("document", recipe.regularizers.document),
                    ("query", recipe.regularizers.query),
                )
                for penalty in penalties
            ],
            recipe=f"{recipe.name}, {len(steps):,} steps" + (f", lsr at {revision}" if revision else ""),
            active={side: _mean(last, f"{side} nnz") for side in ("query", "document")},
            measure=evaluation.measure if evaluation else "nDCG@10",
            systems=[recipe.name],
            results=results,
            command=f"lsr train, at step {int(evaluated['step']) + 1:,}" if evaluated else "lsr eval DATASET --model …",
            ancestors=_ancestors(recipe),
            limits=told.limits,
        )
    )


def _imitation(recipe: Recipe) -> list[str]:
    if (given := recipe.imitation) is None:
        return []
    models = " and ".join(given.models)
    of = models if len(given.models) == 1 else f"the mean of {models}"
    own = f", a text's own tokens added × {given.own_terms:g}" if given.own_terms else ""
    kept = f", the heaviest {given.terms} terms" if given.terms else ""
    return [f"imitation of {of} for {min(given.steps, recipe.training.steps):,} steps{own}{kept}"]


def _loss(loss: Loss) -> str:
    return f"{loss.name}, weight {loss.weight:g}, temperature {loss.temperature:g}"


def _penalty(penalty: Penalty, last: Sequence[Mapping[str, float]], side: str) -> str:
    if penalty.weight is not None:
        return f"{penalty.name}, λ = {penalty.weight:g}"
    strength = _mean(last, f"{side} λ {penalty.name}")
    goal = f"{penalty.target_nnz:g} terms" if penalty.target_nnz else f"FLOPS of {penalty.target_flops:g}"
    return f"{penalty.name}, λ = {strength:.3g} in the end, found for {goal}"


def _ancestors(recipe: Recipe) -> list[Ancestor]:
    roles: dict[str, list[str]] = {recipe.model.backbone: ["backbone"]}
    if recipe.query.backbone:
        roles.setdefault(recipe.query.backbone, []).append("query backbone")
    for model in recipe.imitation.models if recipe.imitation else ():
        roles.setdefault(model, []).append("imitated in the first steps")
    for member in recipe.teachers.members if recipe.teachers else ():
        roles.setdefault(str(getattr(member, "model", getattr(member, "path", member.kind))), []).append("teacher")
    return [
        Ancestor(name, ", ".join(role), recipe.card.licenses.get(name, ""), _source(name))
        for name, role in roles.items()
    ]


def _source(name: str) -> str:
    if name not in CATALOG:
        return name
    requirements = CATALOG[name].requirements
    return requirements[0] if len(requirements) == 1 else f"{requirements[0]} and {len(requirements) - 1} more"


def _mean(steps: Sequence[Mapping[str, float]], name: str) -> float:
    values = [step[name] for step in steps if name in step]
    return sum(values) / len(values) if values else 0.0
