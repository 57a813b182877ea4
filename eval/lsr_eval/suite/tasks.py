"""A dataset of a suite, loaded, and what measurements on it depend on."""

from functools import cached_property

from ir_measures import Measure

from lsr_eval import content, datasets
from lsr_eval import measures as measuring
from lsr_eval.conventions import conventional
from lsr_eval.datasets import Dataset
from lsr_eval.suite.settings import DatasetEntry


class Task:
    """A dataset of a suite, loaded, with its keys and the measures that it is judged by.

    Args:
        entry: How the suite names it.
        measures: The suite's, None for the dataset's conventional ones.
    """

    def __init__(self, entry: DatasetEntry, measures: str | None) -> None:
        self.entry = entry
        self.data: Dataset = datasets.load(entry.name, entry.split)
        self.measures: list[Measure] = measuring.parse(
            entry.measures or measures or conventional(entry.name, entry.split)
        )

    @cached_property
    def corpus_key(self) -> str:
        """Of the corpus, which is read once."""
        return content.corpus_key(self.data.corpus)

    @cached_property
    def key(self) -> str:
        """Of everything about it."""
        return content.key(self.corpus_key, content.asked_key(self.data), [str(one) for one in self.measures])

    def on(self, split: str) -> "Task":
        """Return the same corpus with the queries of another split."""
        entry = self.entry.model_copy(update={"split": split})
        other = Task(entry, " ".join(map(str, self.measures)))
        other.corpus_key = self.corpus_key
        return other
