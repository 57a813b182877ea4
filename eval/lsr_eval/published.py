"""Figures that others published, to stand beside ours and never among them: `published.yaml`, each with its source."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from lsr_eval import measures
from lsr_eval.conventions import canonical


@dataclass(frozen=True)
class Published:
    """One figure of one system on one dataset's test queries."""

    dataset: str
    """As `conventions.canonical` names it."""
    system: str
    measure: str
    """As ir_measures names it."""
    value: float
    source: str
    """The paper, page or file at a commit that it was read in."""


Text = Annotated[str, Field(min_length=1)]


class _Row(BaseModel):
    """An entry of the file: a system's figures by one measure, from one source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: Text
    measure: Text
    source: Text
    values: dict[Text, Annotated[float, Field(gt=0, le=1)]] = Field(min_length=1)


def published(dataset: str, measure: str | None = None, *, split: str | None = None) -> list[Published]:
    """Return what was published of a dataset, in the file's order; nothing for splits that nobody reported.

    Args:
        dataset: An ir_datasets id, a BEIR folder or a dataset's name.
        measure: Only figures of this one; None returns all.
        split: Which judgements, where the name does not say; None is what was published: test.

    Raises:
        InputError: if the measure is unknown.
    """
    name = canonical(dataset, split)
    wanted = None if measure is None else {str(one) for one in measures.parse(measure)}
    return [row for row in everything() if row.dataset == name and (wanted is None or row.measure in wanted)]


@cache
def everything() -> tuple[Published, ...]:
    """Return all figures, in the file's order."""
    text = files("lsr_eval").joinpath("published.yaml").read_text("utf-8")
    rows = TypeAdapter(list[_Row]).validate_python(yaml.safe_load(text))
    return tuple(
        Published(dataset, row.system, row.measure, value, row.source)
        for row in rows
        for dataset, value in row.values.items()
    )
