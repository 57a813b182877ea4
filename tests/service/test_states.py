import json
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from lsr import Document, InputError, ModelError, Retriever
from lsr_index import IndexFormatError, IndexNotFoundError, SparseIndex, Vocabulary
from lsr_index.vectors import from_terms
from lsr_service import answering, create_app
from lsr_service.schemas import Alive, Ready
from lsr_service.workers import from_environment


def settle(client: TestClient):
    client.app.state.indexes.wait(60)  # type: ignore[attr-defined]
    return client.get("/readyz")


def test_alive_and_ready(client: TestClient):
    assert client.get("/healthz").json() == Alive(status="ok").model_dump()
    ready = client.get("/readyz").json()
    assert Ready.model_validate(ready) == Ready(
        status="ready", documents=20, terms=ready["terms"], model="bm25", indexes={"index": "ready"}
    )


def test_not_ready_until_a_search_has_run(index_path: Path, monkeypatch: pytest.MonkeyPatch):
    may_search, answer = threading.Event(), answering.answer

    def waiting(*arguments, **options):
        may_search.wait(60)
        return answer(*arguments, **options)

    monkeypatch.setattr(answering, "answer", waiting)
    with TestClient(create_app(index_path)) as client:
        assert client.get("/healthz").status_code == 200
        for response in (
            client.get("/readyz"),
            client.get("/v1/search?q=cat"),
            client.post("/v1/search", json={"query": "cat"}),
            client.post("/v1/encode", json={"text": "cat"}),
        ):
            assert response.status_code == 503
            assert response.headers["content-type"] == "application/problem+json"
            assert response.headers["retry-after"] == "1"
            assert "being loaded" in response.json()["detail"]
        may_search.set()
        assert settle(client).status_code == 200
        assert client.get("/v1/search?q=cat").status_code == 200


@pytest.mark.parametrize(
    ("error", "detail"),
    [(ModelError("no such\nmodel"), "no such model"), (ValueError("secret"), "loading failed with ValueError")],
)
def test_a_model_that_cannot_be_loaded(index_path: Path, monkeypatch: pytest.MonkeyPatch, error, detail):
    def broken(*_):
        raise error

    monkeypatch.setattr("lsr.retriever.load_for_index", broken)
    with TestClient(create_app(index_path, model="other")) as client:
        problem = settle(client).json()
        assert problem["status"] == 503
        assert problem["detail"].startswith(f"the server cannot answer: {detail}")
        assert "secret" not in problem["detail"]
        assert client.get("/healthz").status_code == 200
        assert client.get("/v1/search?q=cat").status_code == 503


@pytest.mark.parametrize("name", ["encoder/encoder.json", "segment-000001/postings.npy", "vocabulary.json"])
def test_damage_is_refused_at_the_start(index_path: Path, tmp_path: Path, name: str):
    damaged = Path(shutil.copytree(index_path, tmp_path / "index"))
    data = bytearray((damaged / name).read_bytes())
    data[-1] ^= 1
    (damaged / name).write_bytes(data)
    with pytest.raises(IndexFormatError, match=name):
        create_app(damaged)


def test_no_index_is_refused_at_the_start(tmp_path: Path):
    with pytest.raises(IndexNotFoundError):
        create_app(tmp_path / "none")


def test_damage_that_comes_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lsr_index.mapping.SMALL", 0)  # short files are read when they are opened, longer ones mapped
    # More than one page, so that the first search of the warm-up has not checked them all.
    letters = np.random.default_rng(3).bytes(200_000).hex()
    documents = [Document(str(n), f"filler number{n} {letters[600 * n : 600 * n + 600]}") for n in range(600)]
    Retriever.build(documents, model="bm25", path=tmp_path / "index")
    with TestClient(create_app(tmp_path / "index")) as client:
        assert settle(client).status_code == 200
        file = next((tmp_path / "index").glob("segment-*/documents.jsonl.zst"))
        data = np.fromfile(file, dtype=np.uint8)
        data[len(data) // 4 : len(data) * 3 // 4] ^= 255
        data.tofile(file)
        response = client.get("/v1/search?q=number400")
    assert response.status_code == 500
    assert "damaged" in response.json()["detail"]


def test_an_index_of_vectors_takes_query_tokens_only(tmp_path: Path):
    vocabulary = Vocabulary(["moon", "tide"])
    with SparseIndex.create(tmp_path / "index", vocabulary) as writer:
        rows = from_terms([{"moon": 1.0}, {"tide": 2.0}], vocabulary)
        writer.add(["a", "b"], rows, [Document("a", "moon"), Document("b", "tide")])
        writer.commit()
    with TestClient(create_app(tmp_path / "index")) as client:
        assert settle(client).json()["model"] is None
        found = client.post("/v1/search", json={"query_tokens": {"tide": 1.5}}).json()
        assert [hit["id"] for hit in found["hits"]] == ["b"]
        for refused in (client.get("/v1/search?q=tide"), client.post("/v1/encode", json={"text": "tide"})):
            assert refused.status_code == 400
            assert "query_tokens" in refused.json()["detail"]


def test_documents_that_json_can_hardly_carry(tmp_path: Path):
    fields = {"large": 2**70, "half": "\ud800", "none": float("nan")}
    Retriever.build([Document("\u2603", "moon", fields=fields)], model="bm25", path=tmp_path / "index")
    with TestClient(create_app(tmp_path / "index")) as client:
        assert settle(client).status_code == 200
        hit = client.get("/v1/search?q=moon").json()["hits"][0]
    assert hit["id"] == "\u2603"
    assert hit["source"] == {"title": "", "text": "moon", "large": 2**70, "half": "\ud800", "none": None}


def test_the_factory_of_workers(index_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("LSR_INDEXES", raising=False)
    with pytest.raises(InputError, match="LSR_INDEXES"):
        from_environment()
    monkeypatch.setenv("LSR_INDEXES", json.dumps({"some": str(index_path)}))
    assert from_environment().state.indexes["some"].model == "bm25"
