"""The documents that an index grows through: judged ones that always stay, and distractors that come and go."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from lsr.corpus import loading
from lsr.corpus.loading import Corpus
from lsr.corpus.qrels import Qrels
from lsr_eval import datasets
from lsr_eval.curse.strings import random_strings
from lsr_eval.datasets import Dataset
from lsr_index.errors import InputError

Ask = Literal["first", "all"]


@dataclass(frozen=True)
class Pool:
    """Queries, their judgements, and documents; every id begins with its dataset's name and a slash."""

    asked: list[str]
    """Names and splits of the datasets whose queries are asked."""
    others: list[str]
    """Names of the corpora that only give distractors."""
    queries: dict[str, str]
    qrels: Qrels
    without_self: frozenset[str]
    """Queries for which a hit with their own id is no answer."""
    ids: list[str]
    """Of the documents: those judged for the queries first."""
    texts: list[str]
    """Title and text of each document, as they are encoded."""
    fixed: int
    """How many documents are judged: they stay at every size."""
    missing: int
    """Judged documents that are in no corpus."""
    duplicates: int
    """Documents left out because they read like a judged one: no distractors."""

    @property
    def distractors(self) -> int:
        """How many documents may be added to the fixed ones."""
        return len(self.ids) - self.fixed


def gather(names: Sequence[str], *, ask: Ask = "first", limit: int | None = None, seed: int = 0) -> Pool:
    """Read datasets into one pool, which is held in memory.

    Args:
        names: As `lsr eval` takes them; `NAME@SPLIT` names a split. Those that are not asked may be any corpus.
        ask: Whose queries are asked: those of the first, or of all.
        limit: Ask at most so many queries of a dataset, drawn by the seed among those with a text.
        seed: Of the drawing.

    Raises:
        InputError: if there is no such dataset, two have one name, or a document occurs twice.
    """
    asking = len(names) if ask == "all" else 1
    asked = [_limited(datasets.load(*_split(name)), limit, seed) for name in names[:asking]]
    labels = [_label(_split(name)[0]) for name in names[:asking]] + [_label(name) for name in names[asking:]]
    for place, label in enumerate(labels):
        if label in labels[:place]:
            raise InputError(f"two datasets are called {label}, so their ids would be the same; rename a folder")
    corpora = [dataset.corpus for dataset in asked] + [loading.load(name) for name in names[asking:]]
    named = list(zip(labels, asked, strict=False))
    qrels = {
        f"{label}/{query}": {f"{label}/{document}": grade for document, grade in grades.items()}
        for label, dataset in named
        for query, grades in dataset.qrels.items()
    }
    judged = {document for grades in qrels.values() for document in grades}
    fixed, others = _parted(_documents(corpora, labels), judged)
    texts = set(fixed.values())
    distractors = {key: text for key, text in others.items() if text not in texts}
    return Pool(
        asked=[f"{label} ({dataset.split})" for label, dataset in named],
        others=labels[asking:],
        queries={f"{label}/{query}": text for label, dataset in named for query, text in dataset.queries.items()},
        qrels=qrels,
        without_self=frozenset(
            f"{label}/{query}" for label, dataset in named if dataset.excludes_self for query in dataset.queries
        ),
        ids=[*fixed, *distractors],
        texts=[*fixed.values(), *distractors.values()],
        fixed=len(fixed),
        missing=len(judged) - len(fixed),
        duplicates=len(others) - len(distractors),
    )


def among_strings(pool: Pool, count: int, seed: int) -> Pool:
    """Return the pool with so many random strings in the place of its distractors."""
    return replace(
        pool,
        ids=pool.ids[: pool.fixed] + [f"string/{number}" for number in range(count)],
        texts=pool.texts[: pool.fixed] + random_strings(count, seed),
        duplicates=0,
    )


def _split(name: str) -> tuple[str, str | None]:
    base, at, split = name.rpartition("@")
    return (base, split) if at and not Path(name).exists() else (name, None)


def _label(name: str) -> str:
    path = Path(name)
    if path.is_file():
        return path.name.removesuffix(".gz").removesuffix(".jsonl")
    return path.resolve().name if path.is_dir() else name


def _limited(dataset: Dataset, limit: int | None, seed: int) -> Dataset:
    if limit is None or limit >= len(dataset.queries):
        return dataset
    ids = list(dataset.queries)
    chosen = [ids[n] for n in np.sort(np.random.default_rng(seed).choice(len(ids), size=limit, replace=False))]
    return replace(
        dataset,
        queries={query: dataset.queries[query] for query in chosen},
        qrels={query: dataset.qrels[query] for query in chosen},
    )


def _documents(corpora: Sequence[Corpus], labels: Sequence[str]) -> Iterator[tuple[str, str]]:
    for corpus, label in zip(corpora, labels, strict=True):
        for document in corpus:
            yield f"{label}/{document.id}", document.contents


def _parted(documents: Iterator[tuple[str, str]], judged: set[str]) -> tuple[dict[str, str], dict[str, str]]:
    fixed: dict[str, str] = {}
    others: dict[str, str] = {}
    for key, text in documents:
        if key in fixed or key in others:
            raise InputError(f"the document {key} occurs twice; ids must be distinct")
        (fixed if key in judged else others)[key] = text
    return fixed, others
