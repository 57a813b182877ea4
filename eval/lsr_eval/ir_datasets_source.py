"""Test collections by ir_datasets id, such as `beir/scifact/test`; the library downloads them when they are read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lsr.corpus import loading
from lsr.corpus.loading import Corpus, ir_dataset, reading
from lsr.corpus.qrels import Qrels
from lsr_index.documents import Document
from lsr_index.errors import InputError


@dataclass(frozen=True)
class Collection:
    """The parts of a dataset; `queries` are all that the entry has."""

    split: str
    corpus: Corpus
    queries: dict[str, str]
    qrels: Qrels


def load(name: str, split: str | None, usual_splits: Sequence[str]) -> Collection:
    """Load an entry, or the entry below it that is its split (`beir/scifact` and `test`: `beir/scifact/test`).

    Raises:
        InputError: if there is no such entry, or the library cannot provide its files.
    """
    chosen, entry = _entry(name, split, usual_splits)
    if not entry.has_queries() or not entry.has_qrels():
        raise InputError(f"the ir_datasets entry {name!r} has no queries or no judgements; name one that has")
    with reading(chosen):
        judged: Qrels = {}
        for judgement in entry.qrels_iter():
            judged.setdefault(judgement.query_id, {})[judgement.doc_id] = int(judgement.relevance)
        texts = {query.query_id: str(query.default_text()) for query in entry.queries_iter()}
    return Collection(chosen.rpartition("/")[2], Corpus(name, lambda: _documents(chosen)), texts, judged)


def _entry(name: str, split: str | None, usual_splits: Sequence[str]) -> tuple[str, Any]:
    whole = ir_dataset(name)
    if split is None and (whole.has_qrels() or name.rpartition("/")[2] in usual_splits):
        return name, whole
    if split is not None and name.endswith(f"/{split}"):
        return name, whole
    for candidate in usual_splits if split is None else [split]:
        try:
            return f"{name}/{candidate}", ir_dataset(f"{name}/{candidate}")
        except InputError:
            continue
    if split is not None:
        raise InputError(f"the ir_datasets entry {name!r} has no split {split!r}")
    return name, whole


def _documents(name: str) -> Iterator[Document]:
    with reading(name):
        yield from loading.load(name)
