"""Retrieval quality of a model in training: encode, index, search, judge, as `lsr eval` does."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lsr.indexing import build_index
from lsr.retriever import Retriever
from lsr_eval import effectiveness, measures
from lsr_eval.datasets import Dataset, load
from lsr_eval.effectiveness import Settings


def evaluator(
    datasets: Sequence[str], measure: str = "nDCG@10", max_length: int | None = None
) -> Callable[[Path], Mapping[str, float]]:
    """Return a function that measures a saved model.

    Args:
        datasets: As `lsr eval` takes them; `NAME@SPLIT` names a split.
        measure: An ir_measures name.
        max_length: Tokens of a document that are read; None for the model's own.

    Returns:
        A function from a model's folder to `{measure: mean, dataset: value, …, "nnz": mean non-zeros}`.

    Raises:
        InputError: if a dataset or the measure is unknown.
    """
    loaded = [(name, load(*_split(name))) for name in datasets]
    settings = Settings(measures=measures.parse(measure))
    return lambda folder: _measure(folder, loaded, settings, measure, max_length)


def _measure(
    folder: Path, loaded: list[tuple[str, Dataset]], settings: Settings, measure: str, max_length: int | None
) -> dict[str, float]:
    from lsr import SparseEncoder

    values: dict[str, float] = {}
    postings = documents = 0
    for name, dataset in loaded:
        encoder = SparseEncoder.from_pretrained(folder, max_length=max_length)
        with tempfile.TemporaryDirectory() as place:
            index = build_index(dataset.corpus, encoder, Path(place) / "index")
            report, _ = effectiveness.evaluate_retriever(dataset, Retriever(index, encoder), settings)
            postings += index.manifest.postings
            documents += len(index)
        values[Path(name).name] = next(iter(report.measures.values()))
    mean = sum(values.values()) / len(values)
    return {measure: mean, **values, "nnz": postings / max(documents, 1)}


def _split(name: str) -> tuple[str, str | None]:
    base, _, split = name.partition("@")
    return base, split or None
