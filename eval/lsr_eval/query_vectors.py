"""Queries that were encoded elsewhere: token lines (Anserini's or PISA's) or Parquet vectors."""

from pathlib import Path

from scipy.sparse import csr_array

from lsr_eval.datasets import Dataset
from lsr_eval.effectiveness import QueryVectors
from lsr_index import vectors
from lsr_index.errors import InputError
from lsr_index.index import SparseIndex


def read(path: Path, dataset: Dataset, index: SparseIndex) -> QueryVectors:
    """Read the vectors of a dataset's queries; those of other queries are left out.

    Raises:
        InputError: if a query has no vector, or no term of the file is in the index's vocabulary.
        VocabularyMismatchError: if a Parquet file carries another vocabulary than the index's.
    """
    ids, rows = _parquet(path, index) if path.suffix == ".parquet" else _tokens(path, index)
    position = {query_id: number for number, query_id in enumerate(ids)}
    if len(position) != len(ids):
        raise InputError(f"{path} has {len(ids)} vectors for {len(position)} distinct query ids")
    lacking = [query_id for query_id in dataset.queries if query_id not in position]
    if lacking:
        raise InputError(
            f"{path} has no vector for {len(lacking)} of the {len(dataset.queries)} queries of {dataset.name} "
            f"({dataset.split}), the first is {lacking[0]!r}"
        )
    chosen = list(dataset.queries)
    return QueryVectors(chosen, rows[[position[query_id] for query_id in chosen]], str(path))


def _parquet(path: Path, index: SparseIndex) -> tuple[list[str], csr_array]:
    from lsr_index.exchange import parquet

    vocabulary = parquet.vocabulary(path)
    if vocabulary is not None:
        index.check_vocabulary(vocabulary, str(path))
    width = index.manifest.vocabulary_size
    ids: list[str] = []
    parts = []
    for some, rows in parquet.batches(path, width):
        ids += some
        parts.append(rows)
    return ids, vectors.concatenate(parts, width)


def _tokens(path: Path, index: SparseIndex) -> tuple[list[str], csr_array]:
    from lsr_index.exchange import token_queries

    queries = token_queries.read(path)
    rows = vectors.from_terms(queries.values(), index.vocabulary)
    if any(queries.values()) and not rows.nnz:
        raise InputError(f"no term of {path} is in the vocabulary of {index.path}; they are of another model")
    return list(queries), rows
