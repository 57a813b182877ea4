"""What a recipe learns from: the ensemble of its teachers, and the vectors that its first steps imitate."""

from collections.abc import Callable, Sequence

from torch import Tensor

from lsr.training.data.examples import Source
from lsr.training.recipe import Recipe
from lsr.training.run import Teach
from lsr_index.progress import Progress

Bar = Callable[[str, int | None], Progress]


def ensemble(recipe: Recipe, sources: Sequence[Source], bar: Bar | None) -> Teach | None:
    return None


def imitated(
    recipe: Recipe, sources: Sequence[Source], size: int, bar: Bar | None
) -> Callable[[list[str]], Tensor] | None:
    return None
