import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from starlette.testclient import TestClient

from lsr import Document, Retriever
from lsr_index.index import SparseIndex
from lsr_index.vocabulary import Vocabulary
from lsr_index.writer import IndexWriter
from lsr_service import create_app
from lsr_service.settings import Settings

URL = "/v1/indexes/index/documents"


@pytest.fixture
def own(index_path: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(index_path, tmp_path / "index"))


@pytest.fixture
def writable(own: Path) -> Iterator[TestClient]:
    app = create_app(own, settings=Settings(refresh_seconds=60, reload_seconds=60))
    with TestClient(app) as client:
        app.state.indexes.wait(60)
        yield client


def ids(client: TestClient, query: str) -> set[str]:
    return {hit["id"] for hit in client.get(f"/v1/indexes/index/search?q={query}&size=20").json()["hits"]}


def test_put_read_and_delete(writable: TestClient):
    put = writable.put(f"{URL}/new", json={"text": "the moon and the bees", "page": 99})
    assert put.json() == {"id": "new", "result": "stored", "visible": False}
    assert writable.get(f"{URL}/new").status_code == 404
    assert writable.put(f"{URL}/other?refresh=true", json={"text": "moon"}).json()["visible"]
    assert writable.get(f"{URL}/new").json()["source"] == {"title": "", "text": "the moon and the bees", "page": 99}
    assert {"new", "other"} <= ids(writable, "moon")
    assert writable.delete(f"{URL}/new?refresh=true").json()["result"] == "deleted"
    assert "new" not in ids(writable, "moon")
    assert writable.delete(f"{URL}/new").status_code == 404


def test_bulk_says_what_became_of_each_line(writable: TestClient):
    body = b'{"id": "x", "text": "moon"}\n{"delete": "d6"}\n{"delete": "none"}\n{"text": "moon"}\n{'
    answer = writable.post(f"{URL}?refresh=true", content=body).json()
    assert [item["status"] for item in answer["items"]] == [200, 200, 404, 422, 422]
    assert answer["errors"]
    assert "x" in ids(writable, "moon")
    assert "d6" not in ids(writable, "moon")


def test_what_a_dead_writer_had_logged_is_found_after_a_start(own: Path):
    retriever = Retriever.open(own)
    with IndexWriter(own) as writer:  # closes without a commit: the change is in the log alone
        rows = retriever.encoder.encode_documents(["moon"])
        assert np.count_nonzero(rows.data)
        writer.add(["logged"], rows, [Document("logged", "moon")])
    app = create_app(own)
    with TestClient(app) as client:
        app.state.indexes.wait(60)
        assert "logged" in ids(client, "moon")


def test_a_line_that_the_index_refuses_hurts_no_others(tmp_path: Path):
    rows = np.array([[1.0, 0.0], [0.0, 2.0]], dtype=np.float32)
    with SparseIndex.create(tmp_path / "index", Vocabulary(["moon", "tide"])) as writer:
        writer.add(["a", "b"], csr_array(rows), [Document("a", "moon"), Document("b", "tide")])
        writer.commit()
    app = create_app(tmp_path / "index")
    with TestClient(app) as client:
        app.state.indexes.wait(60)
        lines = '{"delete": "a"}\n{"id": "c", "text": "no model encodes this"}\n{"delete": "b"}\n'
        answer = client.post(f"{URL}?refresh=true", content=lines)
        assert answer.status_code == 200
        assert [item["status"] for item in answer.json()["items"]] == [200, 400, 200]
