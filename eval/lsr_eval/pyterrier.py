"""`Retriever` as a PyTerrier transformer: a frame of queries in, a frame of ranked documents out.

    bm25 = as_transformer(Retriever.open("idx-bm25"))
    (bm25 % 100 >> reranker).transform(topics)

Where PyTerrier is installed the result is a `pyterrier.Transformer`, with its operators; without, it has the same
`transform`, `search` and call. The data model: https://pyterrier.readthedocs.io, "PyTerrier Data Model".
"""

import importlib
from typing import Any

import numpy as np

from lsr.retriever import Retriever
from lsr_index.errors import InputError, MissingDependencyError
from lsr_index.index import Mode

COLUMNS = ("docno", "score", "rank")
"""What is added to a query's columns; ranks count from 0."""


def as_transformer(retriever: Retriever, k: int = 1000, *, mode: Mode = "safe", threads: int = 1) -> Any:
    """Return a transformer that finds the k best documents of each query.

    Args:
        retriever: Searches.
        k: How many documents a query gets at most.
        mode: As in `SparseIndex.search`.
        threads: How many share the queries.

    Raises:
        MissingDependencyError: if pandas is not installed.
    """
    try:
        pandas = importlib.import_module("pandas")
    except ModuleNotFoundError as error:
        raise MissingDependencyError("PyTerrier's frames need pandas: pip install 'lsr[pyterrier]'") from error
    try:
        base = importlib.import_module("pyterrier").Transformer
    except ModuleNotFoundError:
        base = _Alone
    made: Any = type("RetrieverTransformer", (_Searching, base), {})  # its base is known here only
    return made(retriever, k, mode, threads, pandas)


class _Searching:
    def __init__(self, retriever: Retriever, k: int, mode: Mode, threads: int, pandas: Any) -> None:
        self._retriever, self._k, self._threads = retriever, k, threads
        self._mode: Mode = mode
        self._pandas = pandas

    def __repr__(self) -> str:
        return f"as_transformer({self._retriever.index!r}, {self._k})"

    def transform(self, inp: Any) -> Any:
        """Search: `qid, query` become `qid, query, docno, score, rank`; other forms of the query stay beside it.

        Args:
            inp: A pandas frame, one row a query; of other columns those that begin with "query" are kept.

        Returns:
            A frame in the queries' order, best documents first; a query without hits has no row.

        Raises:
            InputError: if a column is missing, a qid occurs twice, or a query is no text.
        """
        missing = [name for name in ("qid", "query") if name not in inp.columns]
        if missing:
            raise InputError(f"queries have no column {missing[0]!r}; a frame of queries has qid and query")
        if inp["qid"].duplicated().any():
            twice = inp["qid"][inp["qid"].duplicated()].iloc[0]
            raise InputError(f"the qid {twice!r} occurs twice; a frame of queries has one row each")
        for qid, text in zip(inp["qid"], inp["query"], strict=True):
            if not isinstance(text, str):
                raise InputError(f"the query of qid {qid!r} is {text!r}, not a text")
        index = self._retriever.index
        rows = self._retriever.encode(list(inp["query"]))
        found = index.search(rows, self._k, mode=self._mode, threads=self._threads)
        kept = [name for name in inp.columns if name == "qid" or str(name).startswith("query")]
        answered = inp[kept].iloc[np.repeat(np.arange(len(found)), [len(hits) for hits in found])]
        return answered.reset_index(drop=True).assign(
            docno=self._pandas.Series([name for hits in found for name in hits.ids], dtype="object"),
            score=np.concatenate([np.empty(0), *(hits.scores.astype(np.float64) for hits in found)]),
            rank=np.concatenate([np.empty(0, np.int64), *(np.arange(len(hits)) for hits in found)]),
        )

    def transform_inputs(self) -> list[list[str]]:
        """Tell PyTerrier which columns are needed."""
        return [["qid", "query"]]

    def _frame(self, text: str, qid: str) -> Any:
        return self._pandas.DataFrame([[qid, text]], columns=["qid", "query"])


class _Alone:
    """What PyTerrier's base class adds, as far as a search needs it."""

    def __call__(self: Any, inp: Any) -> Any:
        """Search, as `transform` does."""
        return self.transform(inp)

    def search(self: Any, query: str, qid: str = "1") -> Any:
        """Search one text."""
        return self.transform(self._frame(query, qid))
