"""Indexes that are made and deleted over HTTP, in one process and beside another."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from lsr import Document, Retriever
from lsr_index.writer import IndexWriter
from lsr_service import create_app
from lsr_service.index_schemas import IndexFacts
from lsr_service.settings import Settings

MOON = {"id": "m", "title": "Moon", "text": "The moon pulls on the ocean and raises two tides a day."}


def make(folder: Path, **settings: object) -> FastAPI:
    return create_app(settings=Settings(data=folder, reload_seconds=0.05, **settings))  # type: ignore[arg-type]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def server(data: Path) -> Iterator[TestClient]:
    with TestClient(make(data)) as client:
        yield client


def test_an_empty_index_is_filled(server: TestClient, data: Path) -> None:
    assert server.get("/readyz").json()["indexes"] == {}
    made = server.put("/v1/indexes/docs", json={})
    assert made.status_code == 201
    facts = IndexFacts.model_validate(made.json(), extra="forbid")
    assert (facts.documents, facts.model, facts.status, facts.pending) == (0, "lsr-mini", "ready", 0)
    assert server.get("/v1/indexes/docs/search?q=tides").json()["hits"] == []
    body = {key: value for key, value in MOON.items() if key != "id"}
    assert server.put("/v1/indexes/docs/documents/m?refresh=true", json=body).status_code == 200
    for url in ("/v1/indexes/docs/search?q=tides&highlight=true&explain=true", "/v1/search?q=tides"):
        assert [hit["id"] for hit in server.get(url).json()["hits"]] == ["m"]
    assert (data / "docs" / "manifest.json").is_file()


def test_bm25_learns_from_the_first_documents(server: TestClient) -> None:
    refused = server.put("/v1/indexes/docs", json={"model": "bm25"})
    assert refused.status_code == 400
    assert "give it some to begin with" in refused.json()["detail"]
    made = server.put("/v1/indexes/docs", json={"model": "bm25", "documents": [MOON], "exact": 32})
    assert (made.status_code, made.json()["documents"], made.json()["exact"]) == (201, 1, 32)
    assert server.get("/v1/indexes/docs/search?q=moon").json()["hits"][0]["source"]["title"] == "Moon"


@pytest.mark.parametrize(
    ("name", "body", "status", "detail"),
    [
        ("docs", {"model": "/etc"}, 422, "is not offered for new indexes; there are lsr-mini, bm25"),
        ("Docs", {}, 422, "cannot be one of an index; take 1 to 64"),
        ("..", {}, 404, ""),
        ("%2e%2e%2fout", {}, 404, ""),
        ("docs", {"documents": [{"text": "no id"}]}, 422, "Field required"),
        ("docs", {"documents": [MOON, MOON]}, 400, "occurs twice"),
        ("docs", {"inference_free": True, "model": "bm25", "documents": [MOON]}, 400, "bm25 has no network"),
        ("docs", {"size": 1}, 422, "not expected here"),
    ],
)
def test_what_cannot_be_made_leaves_nothing(
    server: TestClient, data: Path, name: str, body: object, status: int, detail: str
) -> None:
    refused = server.put(f"/v1/indexes/{name}", json=body)
    assert refused.status_code == status, refused.text
    assert detail in refused.json()["detail"]
    assert server.get("/v1/indexes").json() == {"indexes": []}
    assert not data.exists() or list(data.iterdir()) == []


def test_names_are_taken_once_and_free_again(server: TestClient, data: Path) -> None:
    first = {"model": "bm25", "documents": [MOON]}
    assert server.put("/v1/indexes/docs", json=first).status_code == 201
    again = server.put("/v1/indexes/docs", json=first)
    assert (again.status_code, again.json()["detail"][:27]) == (409, "there is an index docs alre")
    assert server.delete("/v1/indexes/docs").json() == {"name": "docs", "result": "deleted"}
    assert server.delete("/v1/indexes/docs").status_code == 404
    assert server.get("/v1/indexes/docs/search?q=moon").status_code == 404
    assert list(data.iterdir()) == []
    assert server.put("/v1/indexes/docs", json=first).status_code == 201


def test_what_was_named_at_the_start_stays(index_path: Path) -> None:
    with TestClient(create_app(index_path)) as client:
        client.app.state.indexes.wait(60)  # type: ignore[attr-defined]
        for method, name, told in (("PUT", "other", "--data"), ("DELETE", "index", "not deleted over HTTP")):
            refused = client.request(method, f"/v1/indexes/{name}", json={} if method == "PUT" else None)
            assert refused.status_code == 409
            assert told in refused.json()["detail"]
        assert client.get("/v1/search?q=moon").status_code == 200


def test_another_writer_keeps_an_index(server: TestClient, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lsr_service.turns.LOCK_SECONDS", 0.1)
    server.put("/v1/indexes/docs", json={"model": "bm25", "documents": [MOON]})
    with IndexWriter(data / "docs"):
        refused = server.delete("/v1/indexes/docs")
        assert (refused.status_code, "another process" in refused.json()["detail"]) == (503, True)
    server.app.state.indexes.wait(60)  # type: ignore[attr-defined]
    assert server.get("/v1/indexes/docs/search?q=moon").status_code == 200
    assert server.delete("/v1/indexes/docs").status_code == 200


def test_other_processes_see_what_came_and_went(server: TestClient, data: Path) -> None:
    def listed() -> list[str]:
        return [each["name"] for each in server.get("/v1/indexes").json()["indexes"]]

    def until(wanted: list[str]) -> None:
        for _ in range(400):
            if listed() == wanted:
                return
            server.app.state.indexes._stop.wait(0.05)  # type: ignore[attr-defined]
        raise AssertionError(listed())

    Retriever.build([Document("m", MOON["text"])], model="bm25", path=data / "other")
    until(["other"])
    server.app.state.indexes.wait(60)  # type: ignore[attr-defined]
    assert [hit["id"] for hit in server.get("/v1/indexes/other/search?q=moon").json()["hits"]] == ["m"]
    with TestClient(make(data)) as second:
        second.app.state.indexes.wait(60)  # type: ignore[attr-defined]
        assert second.delete("/v1/indexes/other").status_code == 200
    until([])


def test_a_page_of_an_older_version(server: TestClient) -> None:
    documents = [{"id": f"d{n}", "text": "moon " * (n + 1)} for n in range(4)]
    server.put("/v1/indexes/docs", json={"model": "bm25", "documents": documents})
    url = "/v1/indexes/docs/search?q=moon&size=2"
    first = server.get(url).json()
    lines = "".join(json.dumps({"id": f"n{n}", "text": "moon moon moon moon moon moon"}) + "\n" for n in range(3))
    assert not server.post("/v1/indexes/docs/documents?refresh=true", content=lines).json()["errors"]
    pinned = server.get(f"{url}&from=2&generation={first['generation']}").json()
    assert pinned["generation"] == first["generation"]
    seen = [hit["id"] for each in (first, pinned) for hit in each["hits"]]
    assert sorted(seen) == ["d0", "d1", "d2", "d3"]
    for n in range(5):
        server.delete(f"/v1/indexes/docs/documents/n{n % 3}?refresh=true")
        server.put(f"/v1/indexes/docs/documents/n{n % 3}?refresh=true", json={"text": "moon"})
    gone = server.get(f"{url}&generation={first['generation']}")
    assert (gone.status_code, "is not kept any more" in gone.json()["detail"]) == (409, True)


def test_what_does_not_load_does_not_take_the_name(
    server: TestClient, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("lsr_service.engine.Engine._warm", lambda *_: 1 / 0)
        failed = server.put("/v1/indexes/docs", json={"model": "bm25", "documents": [MOON]})
    assert (failed.status_code, "ZeroDivisionError" in failed.json()["detail"]) == (503, True)
    assert list(data.iterdir()) == []
    assert server.put("/v1/indexes/docs", json={"model": "bm25", "documents": [MOON]}).status_code == 201
