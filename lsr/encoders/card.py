"""The model card: what a model's folder says of itself, for people and for model hubs."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Queries = Literal["same", "separate", "inference-free"]
QUERY_SIDES: dict[Queries, str] = {
    "same": "the same network as for documents",
    "separate": "a network of their own",
    "inference-free": "a table of weights of their own tokens, no network",
}


@dataclass(frozen=True)
class Ancestor:
    """Something that the weights descend from or that taught them."""

    name: str
    role: str
    """`backbone`, `teacher`, …"""
    license: str
    source: str
    """Where it was taken from: a hub id, a package with its version."""


@dataclass(frozen=True)
class TrainingData:
    """A source of training examples."""

    name: str
    examples: int
    license: str


@dataclass(frozen=True)
class Result:
    """One row of the table of results; figures by system, None where one was not measured."""

    dataset: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class ModelCard:
    """All that a card says.

    Figures come from the run: active dimensions are means over texts, `results` is what `command` printed.
    """

    name: str
    summary: str
    license: str
    languages: Sequence[str]
    base_model: str
    queries: Queries
    vocabulary_size: int
    max_length: dict[str, int]
    """Tokens of a `query` and of a `document`."""
    pooling: str
    activation: str
    data: Sequence[TrainingData]
    losses: Sequence[str]
    regularizers: Sequence[str]
    """With their λ: `documents: FLOPS, λ = 0.003`."""
    recipe: str
    """The recipe's file and revision."""
    active: dict[str, float]
    """Mean non-zero terms of a `query` and of a `document`."""
    measure: str
    systems: Sequence[str]
    """Columns of the table of results; the first is this model."""
    results: Sequence[Result]
    command: str
    ancestors: Sequence[Ancestor]
    limits: Sequence[str] = ()


def render(card: ModelCard) -> str:
    """Return the card as Markdown with the YAML front matter that sentence-transformers and hubs read."""
    parts = [
        _front_matter(card),
        f"# {card.name}",
        card.summary,
        _list(
            [
                f"queries: {QUERY_SIDES[card.queries]}; at most {card.max_length['query']} tokens",
                f"documents: at most {card.max_length['document']} tokens",
                f"vectors: {card.vocabulary_size:,} dimensions, inner product; {card.pooling} pooling, "
                f"activation {card.activation}",
                f"non-zero terms: {card.active['document']:.0f} a document, {card.active['query']:.0f} a query",
            ]
        ),
        "## Use",
        _usage(card),
        "## Results",
        _table([card.measure, *card.systems], [[row.dataset, *map(_figure, row.values)] for row in card.results]),
        f"Printed by `{card.command}`.",
        "## Training",
        _table(["data", "examples", "licence"], [[one.name, f"{one.examples:,}", one.license] for one in card.data]),
        _list(
            [f"loss: {loss}" for loss in card.losses]
            + [f"regulariser: {one}" for one in card.regularizers]
            + [f"recipe: {card.recipe}"]
        ),
        "## Provenance",
        _table(
            ["model", "role", "licence", "source"],
            [[one.name, one.role, one.license, one.source] for one in card.ancestors],
        ),
    ]
    if card.limits:
        parts += ["## Limits", _list(card.limits)]
    return "\n\n".join(parts) + "\n"


def _front_matter(card: ModelCard) -> str:
    tags = ["sentence-transformers", "sparse-encoder", "sparse", "splade", "learned-sparse-retrieval"]
    if card.queries == "inference-free":
        tags += ["inference-free"]
    if card.queries != "same":
        tags += ["asymmetric"]
    lines = ["---", "language:", *_yaml(card.languages), f"license: {json.dumps(card.license)}"]
    lines += ["library_name: sentence-transformers", "pipeline_tag: feature-extraction", "tags:", *_yaml(tags)]
    lines += [f"base_model: {json.dumps(card.base_model)}", "---"]
    return "\n".join(lines)


def _usage(card: ModelCard) -> str:
    name = json.dumps(card.name)
    return f"""```python
from lsr import Retriever

retriever = Retriever.build(["a text", "another text"], model={name})
hits = retriever.search("some text")
```

```python
from sentence_transformers import SparseEncoder

model = SparseEncoder({name})
scores = model.similarity(model.encode_query(["some text"]), model.encode_document(["a text", "another text"]))
```"""


def _yaml(items: Iterable[str]) -> list[str]:
    return [f"- {json.dumps(item, ensure_ascii=False)}" for item in items]  # JSON strings are YAML strings


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(header), "|" + "---|" * len(header), *map(line, rows)])


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
