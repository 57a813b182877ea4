"""The README's requests with curl, as they stand there, against a server over a few of the documents that they name."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from lsr import Retriever
from lsr.corpus.loading import load
from lsr_eval.serve_bench.server import serving
from tests.conftest import ROOT

NAMED = {"shutil.move", "shutil.copy"}
SECTION = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Service\n")[2].partition("\n## ")[0]
REQUESTS = re.findall(r"^\$ (curl .*)\n(.*)$", SECTION, flags=re.MULTILINE)
VARIES = {"request_id", "documents", "generation", "terms", "postings"}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    path = tmp_path_factory.mktemp("readme") / "lsr-mini"
    corpus = list(load("python-stdlib"))
    documents = [document for document in corpus if document.id in NAMED]
    documents += [document for document in islice(corpus, 0, None, 400) if document.id not in NAMED]
    Retriever.build(documents, path=path)
    with serving({path.name: path}) as server:
        yield server.port


def test_there_are_examples_of_all_that_is_described() -> None:
    assert len(REQUESTS) >= 8
    everything = " ".join(command for command, _ in REQUESTS)
    for part in (
        "/readyz",
        "/v1/search",
        "/v1/encode",
        "-X PUT",
        "x-ndjson",
        "neural_sparse",
        "query_tokens",
        "filter",
    ):
        assert part in everything


def test_they_answer_as_the_readme_says(port: int) -> None:
    for command, told in REQUESTS:  # in order: later ones find what earlier ones wrote
        asked = command.replace("localhost:8000", f"localhost:{port}")
        done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)
        assert _shape(json.loads(done.stdout)) == _shape(json.loads(told)), command


def _shape(value: Any, name: str = "") -> Any:
    """Keep keys, texts, ids and truths; of numbers, and of what differs from run to run, only the kind."""
    if isinstance(value, dict):
        return {key: _shape(found, key) for key, found in value.items()}
    if isinstance(value, list):
        return [_shape(found) for found in value]
    if isinstance(value, bool) or value is None:
        return value
    return type(value).__name__ if name in VARIES or isinstance(value, int | float) else value


def test_the_readme_names_files_that_exist() -> None:
    for link in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", SECTION):
        assert (Path(ROOT) / link).is_file()
