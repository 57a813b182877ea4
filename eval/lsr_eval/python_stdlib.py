"""The built-in dataset: questions about Python's standard library, answered by names in its documentation.

The questions travel with the package, the corpus is this interpreter's own. Versions of Python differ, so an answer
that this one lacks is dropped, and a question that has no answer left is dropped with it.
"""

from dataclasses import dataclass
from importlib.resources import as_file, files

from lsr.corpus import loading, qrels, queries

NAME = "python-stdlib"


@dataclass(frozen=True)
class StdlibQuestions:
    """What is left of the questions on this interpreter, and how many were dropped."""

    corpus: loading.Corpus
    queries: dict[str, str]
    qrels: qrels.Qrels
    dropped_answers: int
    dropped_queries: int


def load() -> StdlibQuestions:
    """Gather the corpus and keep the questions that it can answer."""
    documents = list(loading.load(NAME))  # each pass would start a child interpreter: one is enough
    known = {document.id for document in documents}
    with as_file(files("lsr_eval") / "demo") as folder:
        texts, judged = queries.read(folder / "queries.jsonl"), qrels.read(folder / "qrels.tsv")
    kept = {
        query: {name: grade for name, grade in answers.items() if name in known} for query, answers in judged.items()
    }
    answerable = {query: answers for query, answers in kept.items() if answers}
    return StdlibQuestions(
        corpus=loading.Corpus(NAME, lambda: documents),
        queries={query: text for query, text in texts.items() if query in answerable},
        qrels=answerable,
        dropped_answers=sum(map(len, judged.values())) - sum(map(len, kept.values())),
        dropped_queries=len(judged) - len(answerable),
    )
