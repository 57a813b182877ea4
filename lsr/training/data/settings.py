"""The part of a recipe that names sources, and the door from it to them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lsr.training.data import beir_folder, ir_datasets_entry, mined, pairs, tuples
from lsr.training.data.examples import Source, check
from lsr.training.data.selection import limit
from lsr.training.data.spans import with_spans
from lsr_index.errors import InputError


class SpanSettings(BaseModel):
    """Spans of the positive documents as further queries; see `lsr.training.data.spans`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_document: int = Field(default=2, ge=1)
    words: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] = (3, 24)

    @model_validator(mode="after")
    def _in_order(self) -> "SpanSettings":
        if self.words[0] > self.words[1]:
            raise ValueError(f"words are fewest and most, {self.words[0]} is more than {self.words[1]}")
        return self


class SourceSettings(BaseModel):
    """What every kind of source can be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = None
    weight: float | None = Field(default=None, gt=0)
    """Share of the batches; where no source has one, the numbers of examples decide."""
    max_queries: int | None = Field(default=None, ge=1)
    min_words: int = Field(default=0, ge=0)
    """Words that a positive document has at least."""
    min_query_words: int = Field(default=0, ge=0)
    negatives: Path | None = None
    """Mined negatives, as `lsr mine` writes them."""
    spans: SpanSettings | None = None
    """Needs `queries_per_document`, which brings them along."""


class PairsSettings(SourceSettings):
    """Pairs as JSON lines; a file may hold several sources."""

    kind: Literal["pairs"] = "pairs"
    path: Path
    weights: dict[str, Annotated[float, Field(gt=0)]] | None = None
    """Which of the file's sources to take, and their weights."""


class BeirSettings(SourceSettings):
    """A split of a BEIR folder."""

    kind: Literal["beir"] = "beir"
    path: Path
    split: str = "train"
    min_grade: int = Field(default=1, ge=1)


class IrDatasetsSettings(SourceSettings):
    """An ir_datasets entry, such as `msmarco-passage/train/triples-small`."""

    kind: Literal["ir_datasets"] = "ir_datasets"
    id: str
    min_grade: int = Field(default=1, ge=1)
    max_examples: int | None = Field(default=None, ge=1)


class TuplesSettings(SourceSettings):
    """n-tuples of ids over a corpus."""

    kind: Literal["tuples"] = "tuples"
    path: Path
    corpus: str
    queries: Path


AnySource = Annotated[PairsSettings | BeirSettings | IrDatasetsSettings | TuplesSettings, Field(discriminator="kind")]


def open_sources(settings: Sequence[SourceSettings], seed: int = 0) -> list[Source]:
    """Read all sources, with their limits and mined negatives.

    Raises:
        InputError: if a file is malformed, an id has no text, or some sources have weights and others not.
    """
    weighted = [one.weight is not None or getattr(one, "weights", None) is not None for one in settings]
    if any(weighted) and not all(weighted):
        raise InputError("some sources have a weight and others not; give one to all of them, or to none")
    return [source for one in settings for source in _open(one, seed, any(weighted))]


def _open(settings: SourceSettings, seed: int, weighted: bool) -> list[Source]:
    sources = []
    for source in _read(settings):
        if settings.negatives is not None:
            source = mined.join(source, settings.negatives)
        source = limit(
            source,
            max_queries=settings.max_queries,
            min_words=settings.min_words,
            min_query_words=settings.min_query_words,
            seed=seed,
        )
        if settings.spans is not None:
            source = with_spans(source, settings.spans.per_document, settings.spans.words, seed)
        sources.append(check(source if weighted else replace(source, weight=float(len(source.examples)))))
    return sources


def _read(settings: SourceSettings) -> list[Source]:
    name, weight = settings.name, settings.weight
    if isinstance(settings, PairsSettings):
        sources = pairs.load(settings.path, settings.weights, name)
        if weight is None:
            return sources
        total = sum(source.weight for source in sources)
        return [replace(source, weight=weight * source.weight / total) for source in sources]
    if isinstance(settings, BeirSettings):
        grade = settings.min_grade
        return [beir_folder.load(settings.path, settings.split, min_grade=grade, weight=weight, name=name)]
    if isinstance(settings, IrDatasetsSettings):
        grade, most = settings.min_grade, settings.max_examples
        return [ir_datasets_entry.load(settings.id, min_grade=grade, max_examples=most, weight=weight, name=name)]
    if isinstance(settings, TuplesSettings):
        return [tuples.load(settings.path, settings.corpus, settings.queries, weight=weight, name=name)]
    raise TypeError(type(settings))


def named(name: str, split: str = "train", negatives: Path | None = None) -> SourceSettings:
    """Say what a name on the command line means: a BEIR folder, a file of pairs, or an ir_datasets id."""
    path = Path(name)
    if path.is_dir():
        return BeirSettings(path=path, split=split, negatives=negatives)
    if path.is_file() or path.suffix in (".gz", ".jsonl"):
        return PairsSettings(path=path, negatives=negatives)
    return IrDatasetsSettings(id=name, negatives=negatives)
