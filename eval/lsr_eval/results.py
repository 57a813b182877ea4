"""The folder that an evaluation leaves: run, figures, values per query, and how to repeat it."""

import json
import platform
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import lsr
from lsr_eval import runs
from lsr_eval.report import Report
from lsr_index.errors import IndexExistsError

LIBRARIES = (
    "numpy", "scipy", "numba", "pyarrow", "torch", "transformers", "tokenizers", "PyStemmer", "ir-measures",
    "ir-datasets", "pytrec-eval-terrier",
)  # fmt: skip


@contextmanager
def fresh_folder(path: Path) -> Iterator[Path]:
    """Give a working folder beside `path` that becomes `path` when the block ends well, and vanishes otherwise.

    Raises:
        IndexExistsError: if something other than an empty folder stands at `path`.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise IndexExistsError(f"{path} exists and is not an empty folder; choose another with -o")
    path.parent.mkdir(parents=True, exist_ok=True)
    # Same parent, so that the last step is a rename within one file system.
    unfinished = path.parent / f".{path.name}.{uuid.uuid4().hex[:8]}.unfinished"
    unfinished.mkdir()
    try:
        yield unfinished
        unfinished.rename(path)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def write(folder: Path, report: Report, run: runs.Run, configuration: Mapping[str, Any]) -> None:
    """Write `run.trec`, `measures.json`, `per_query.tsv` and `config.json`."""
    runs.write(folder / "run.trec", run)
    names = list(report.measures)
    with (folder / "per_query.tsv").open("w", encoding="utf-8") as file:
        file.write("\t".join(["query-id", *names]) + "\n")
        for query_id, values in report.per_query.items():
            file.write("\t".join([query_id, *(repr(values[name]) for name in names)]) + "\n")
    _write_json(folder / "measures.json", {**report.to_dict(), "configuration": configuration})
    _write_json(folder / "config.json", configuration)


def versions() -> dict[str, str]:
    """Return the versions of lsr, Python and the libraries that figures may depend on, as far as installed."""
    found = {"lsr": lsr.__version__, "python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
