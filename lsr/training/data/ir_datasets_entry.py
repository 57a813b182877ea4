"""An ir_datasets entry as training data: its docpairs, such as MS MARCO's triples, else its judgements."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from lsr.corpus import loading
from lsr.training.data import judged
from lsr.training.data.examples import Source, positives
from lsr.training.data.table import ExampleTable
from lsr_index.documents import Document
from lsr_index.errors import InputError


class DocstoreTexts:
    """The documents of an entry, looked up in its store on disk: nothing is held in memory."""

    def __init__(self, name: str, entry: Any) -> None:
        self._name, self._entry = name, entry
        self._store = entry.docs_store()

    def __getitem__(self, text_id: str, /) -> str:
        with loading.reading(self._name):
            document = self._store.get_many([text_id]).get(text_id)
        if document is None:
            raise KeyError(text_id)
        text = document.text if hasattr(document, "text") else document.default_text()
        return Document(text_id, text or "", getattr(document, "title", "") or "").contents

    def __contains__(self, text_id: object, /) -> bool:
        with loading.reading(self._name):
            return isinstance(text_id, str) and text_id in self._store.get_many([text_id])

    def __iter__(self) -> Iterator[str]:
        with loading.reading(self._name):
            for document in self._entry.docs_iter():
                yield document.doc_id


def load(
    entry_id: str,
    *,
    min_grade: int = 1,
    max_examples: int | None = None,
    weight: float | None = None,
    name: str | None = None,
) -> Source:
    """Read an entry such as `msmarco-passage/train/triples-small`; documents stay in its store.

    Args:
        entry_id: As ir_datasets knows it.
        min_grade: Judgements of this grade make positives.
        max_examples: Stop after this many docpairs.
        weight: Share of the batches; by default the number of examples.
        name: What the source is called; by default after the entry.

    Raises:
        InputError: if there is no such entry, it has neither docpairs nor judgements, or it cannot be downloaded.
    """
    entry = loading.ir_dataset(entry_id)
    name = name or entry_id.replace("/", "-")
    pairs = entry.has_docpairs()
    if not entry.has_docs() or not entry.has_queries() or not (pairs or entry.has_qrels()):
        raise InputError(
            f"the ir_datasets entry {entry_id!r} lacks documents, queries or judgements; name one that has"
        )
    with loading.reading(entry_id):
        queries = {query.query_id: str(query.default_text()) for query in entry.queries_iter()}
        qrels: dict[str, dict[str, int]] = {}
        for judgement in entry.qrels_iter() if entry.has_qrels() else ():
            qrels.setdefault(judgement.query_id, {})[judgement.doc_id] = int(judgement.relevance)
        documents = DocstoreTexts(entry_id, entry)
        if not pairs:
            return judged.source(name, queries, documents, qrels, min_grade=min_grade, weight=weight)
        triples = ((pair.query_id, pair.doc_id_a, pair.doc_id_b) for pair in entry.docpairs_iter())
        examples = ExampleTable(islice(triples, max_examples))
    relevant = {q: frozenset(d for d, grade in grades.items() if grade > 0) for q, grades in qrels.items()}
    return Source(
        name,
        float(len(examples)) if weight is None else weight,
        queries,
        documents,
        examples,
        relevant or positives(examples),
    )
