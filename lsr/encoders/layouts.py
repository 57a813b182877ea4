"""What a sparse encoder consists of, however its folder is laid out: where the parts lie and how they are set."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Base:
    """The model that adapters were trained on."""

    name: str
    revision: str
    """Fingerprint of its files then."""


@dataclass(frozen=True)
class NetworkFiles:
    """A language model, how it reads and how its states become term weights."""

    folder: Path
    pooling: str = "max"
    activation: str = "relu"
    max_length: int | None = None
    head: str = "mlm"
    """`mlm`: its vocabulary head, or `scalar`: a weight for each token of the text."""
    attention: str = "as-is"
    """`as-is`, or `bidirectional` for a decoder whose causal mask was lifted."""
    echo: bool = False
    """Whether it is given each text twice and only the second copy's states count."""
    fold: bool = False
    """Whether variants of a token in case and leading space are one term."""
    base: Base | None = None
    """Where the folder holds only adapters: the model that they belong to."""


@dataclass(frozen=True)
class TableFiles:
    """Weights of a query's own tokens."""

    folder: Path
    max_length: int | None = None
    opensearch: bool = False
    """Whether idf.json is to be read as OpenSearch does."""
    fold: bool = False
    """Whether variants of a token in case and leading space are one term."""


@dataclass(frozen=True)
class Layout:
    """Where the parts of a sparse encoder lie and how they are set."""

    document: NetworkFiles
    query: NetworkFiles | TableFiles
    prompts: dict[str, str] = field(default_factory=dict)
    max_active: int | None = None
    corpus_idf: float = 0.0
    """Share of the indexed corpus's own idf in query weights that come from a table."""
    query_tf: bool = False
    """Whether a tabled query weight counts 1 + ln(tf) times in an index, for a token that the query has tf times."""


def in_an_index(settings: Mapping[str, Any]) -> tuple[float, bool]:
    """Return `corpus_idf` and `query_tf` of a folder's settings.

    Raises:
        ValueError: if one is not what it must be.
    """
    share, repeats = settings.get("corpus_idf", 0), settings.get("query_tf", False)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ValueError(f"corpus_idf is {share!r}, not a share between 0 and 1")
    if not isinstance(repeats, bool):
        raise ValueError(f"query_tf is {repeats!r}, not true or false")
    return float(share), repeats
