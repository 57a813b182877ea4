"""From a recipe's names to losses, penalties and their λ."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from lsr.training.losses.base import Loss as RankingLoss
from lsr.training.losses.infonce import InfoNCE
from lsr.training.losses.kl import KLDivergence
from lsr.training.losses.margin_mse import MarginMSE
from lsr.training.objective import Objective, Side, WeightedLoss, WeightedPenalty
from lsr.training.recipe import Loss, Penalty, Recipe
from lsr.training.regularizers.base import Regularizer
from lsr.training.regularizers.flops import DfFlops, Flops, ThresholdedFlops, WeightedFlops
from lsr.training.regularizers.others import L1, AntiZero
from lsr.training.sparsity import Ramp, Target


def objective(recipe: Recipe, size: int, idf: Tensor | None) -> Objective:
    """Make what a recipe minimises.

    Args:
        recipe: The recipe.
        size: V.
        idf: float32[V], for penalties that have IDF inside.
    """
    asked: list[tuple[Side, Sequence[Penalty]]] = [
        ("document", recipe.regularizers.document),
        ("query", recipe.regularizers.query),
    ]
    penalties = [
        WeightedPenalty(
            one.name, side, _penalty(one, size, idf), _strength(one), "flops" if one.target_flops else "nnz"
        )
        for side, several in asked
        for one in several
    ]
    return Objective([WeightedLoss(_label(one, recipe), _loss(one), one.weight) for one in recipe.losses], penalties)


def _label(settings: Loss, recipe: Recipe) -> str:
    """Name a loss in the log; one that occurs at several temperatures by its own."""
    several = sum(one.name == settings.name for one in recipe.losses) > 1
    return f"{settings.name} τ={settings.temperature:g}" if several else settings.name


def _loss(settings: Loss) -> RankingLoss:
    if settings.name == "infonce":
        return InfoNCE(settings.temperature, settings.over or "batch")
    if settings.name == "kl":
        return KLDivergence(settings.temperature, settings.over or "batch")
    return MarginMSE(settings.pairs, settings.over or "own")


def _penalty(settings: Penalty, size: int, idf: Tensor | None) -> Regularizer:
    if settings.name == "flops_idf":
        assert idf is not None
        # The rarest terms pay least, those in every document most; on average a term pays as in plain FLOPS.
        cost = 1 / idf.clamp(min=0.05)
        return WeightedFlops(cost / cost.mean())
    makers: dict[str, Callable[[], Regularizer]] = {
        "flops": Flops,
        "l0_flops": lambda: ThresholdedFlops(settings.threshold),
        "df_flops": lambda: DfFlops(size, settings.alpha, settings.beta),
        "l1": L1,
        "anti_zero": AntiZero,
    }
    return makers[settings.name]()


def _strength(settings: Penalty) -> Ramp | Target:
    if settings.weight is not None:
        return Ramp(settings.weight, settings.ramp)
    target = settings.target_nnz or settings.target_flops
    assert target is not None
    return Target(target, start=settings.start, steps=settings.ramp)


def precision(name: str, device: torch.device) -> torch.dtype:
    """Return the dtype that the backbone computes in; `auto` is bfloat16 where it is fast."""
    from lsr.encoders.capabilities import dtype_of

    return dtype_of(name, device)
