"""Test collections: a corpus, queries, and judgements of which documents answer them."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from lsr.corpus import beir, loading, qrels, queries
from lsr.corpus.loading import Corpus
from lsr_eval import ir_datasets_source, python_stdlib
from lsr_index.errors import InputError

SPLITS = ("test", "dev", "validation", "train")
"""Which split is meant when none is named: the first of these that there is."""


@dataclass(frozen=True)
class Dataset:
    """A test collection. `qrels` may hold queries that `queries` lacks: they cannot be asked and count zero."""

    name: str
    split: str
    corpus: Corpus
    queries: dict[str, str]
    """`{query id: text}` of the split's queries only."""
    qrels: qrels.Qrels
    dropped_answers: int = 0
    """Judgements left out because their documents cannot be in the corpus (python-stdlib)."""
    dropped_queries: int = 0
    """Queries left out because no judgement was left (python-stdlib)."""

    @property
    def missing_texts(self) -> int:
        """How many judged queries have no text."""
        return len(self.qrels.keys() - self.queries.keys())

    @property
    def excludes_self(self) -> bool:
        """Whether a hit with the query's own id is no answer: ArguAna's queries are documents of its corpus."""
        folder = Path(self.name)
        return "arguana" in (folder.resolve().name if folder.is_dir() else self.name).lower()


def load(name: str, split: str | None = None) -> Dataset:
    """Find a test collection.

    Args:
        name: A BEIR folder (`corpus.jsonl`, `queries.jsonl`, `qrels/SPLIT.tsv`; `.gz` too, and qrels in TREC's
            columns), an ir_datasets id such as `beir/scifact/test`, or `python-stdlib`.
        split: Which judgements; by default test, else dev, else validation, else train, else the only one there.

    Raises:
        InputError: if there is no such collection or split, or a file is malformed.
    """
    path = Path(name)
    if name == python_stdlib.NAME:
        return _python_stdlib(split)
    if path.is_dir():
        return _from_folder(path, name, split)
    if path.exists():
        raise InputError(f"{name} is a file; a dataset is a BEIR folder: corpus.jsonl, queries.jsonl, qrels/test.tsv")
    found = ir_datasets_source.load(name, split, SPLITS)
    return _selected(name, found.split, found.corpus, found.queries, found.qrels)


def choose_split(name: str, there: Collection[str], wanted: str | None) -> str:
    """Return the split to use.

    Raises:
        InputError: if the wanted one is not there, or none is wanted and the choice is not clear.
    """
    listed = ", ".join(sorted(there)) or "none"
    if wanted is not None:
        if wanted not in there:
            raise InputError(f"{name} has no split {wanted!r}; it has: {listed}")
        return wanted
    usual = [split for split in SPLITS if split in there]
    if usual:
        return usual[0]
    if len(there) != 1:
        raise InputError(f"{name} has several splits or none: {listed}; choose one with --split")
    return next(iter(there))


def _from_folder(folder: Path, name: str, wanted: str | None) -> Dataset:
    files = beir.qrels_files(folder)
    split = choose_split(name, files, wanted)
    asked = beir.queries_file(folder)
    # Judging a finished run needs no corpus: whether there is one shows when it is read.
    corpus = Corpus(name, lambda: loading.load(str(folder)))
    return _selected(name, split, corpus, queries.read(asked), qrels.read(files[split]))


def _python_stdlib(wanted: str | None) -> Dataset:
    split = choose_split(python_stdlib.NAME, ["test"], wanted)
    found = python_stdlib.load()
    return Dataset(
        python_stdlib.NAME,
        split,
        found.corpus,
        found.queries,
        found.qrels,
        dropped_answers=found.dropped_answers,
        dropped_queries=found.dropped_queries,
    )


def _selected(name: str, split: str, corpus: Corpus, texts: dict[str, str], judged: qrels.Qrels) -> Dataset:
    asked = {query: text for query, text in texts.items() if query in judged}
    if not asked:
        raise InputError(f"{name}: none of the {len(texts)} queries is judged in the split {split!r}; the ids differ")
    return Dataset(name, split, corpus, asked, judged)
