"""Where the parts of a BEIR folder lie: `corpus.jsonl`, `queries.jsonl`, `qrels/SPLIT.tsv`; `.gz` too."""

from pathlib import Path

from lsr_index.errors import InputError

QUERY_FILES = ("queries.jsonl", "queries.jsonl.gz", "queries.tsv", "queries.tsv.gz")
QRELS_SUFFIXES = (".tsv", ".qrels", ".trec", ".txt")


def qrels_files(folder: Path) -> dict[str, Path]:
    """Return the judgements of each split.

    Raises:
        InputError: if there are none.
    """
    files = {split: file for file in sorted((folder / "qrels").glob("*")) if (split := _split_of(file))}
    if not files:
        raise InputError(f"{folder} has no judgements; expected {folder / 'qrels'}/test.tsv")
    return files


def queries_file(folder: Path) -> Path:
    """Return the file of queries.

    Raises:
        InputError: if there is none.
    """
    found = next((folder / file for file in QUERY_FILES if (folder / file).is_file()), None)
    if found is None:
        raise InputError(f"{folder} has no queries; expected {folder / QUERY_FILES[0]}")
    return found


def _split_of(file: Path) -> str:
    base = file.name.removesuffix(".gz")
    return next((base.removesuffix(suffix) for suffix in QRELS_SUFFIXES if base.endswith(suffix)), "")
