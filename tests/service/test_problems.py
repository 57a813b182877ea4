import logging
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from lsr_service import answering, create_app
from lsr_service.problems import without_folders
from lsr_service.schemas import Problem
from lsr_service.settings import Settings

JSON = {"Content-Type": "application/json"}


def problem(response, status: int):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    Problem.model_validate(body, extra="forbid")
    assert body["status"] == status
    assert body["request_id"] == response.headers["x-request-id"]
    assert "\n" not in body["detail"]
    return body


@pytest.mark.parametrize(
    ("body", "where", "detail"),
    [
        ({}, ["body"], "neither was given"),
        ({"query": None}, ["body"], "neither was given"),
        ({"query": "a", "query_tokens": {}}, ["body"], "both were given"),
        ({"query": 7}, ["body", "query"], "got 7"),
        ({"query": "a", "size": 0}, ["body", "size"], "got 0"),
        ({"query": "a", "from": -1}, ["body", "from"], "got -1"),
        ({"query": "a", "sise": 3}, ["body", "sise"], "not expected here"),
        ({"query_tokens": {"cat": -1}}, ["body", "query_tokens", "cat"], "got -1"),
        ({"query_tokens": {"cat": True}}, ["body", "query_tokens", "cat"], "got True"),
        ({"query_tokens": {"cat": "1"}}, ["body", "query_tokens", "cat"], "got '1'"),
        ({"query_tokens": {"cat": 1e300}}, ["body", "query_tokens", "cat"], "got 1e+300"),
        ([1], ["body"], "got [1]"),
    ],
)
def test_schema(client: TestClient, body, where, detail):
    found = problem(client.post("/v1/search", json=body), 422)
    assert found["errors"][0]["loc"] == where
    assert detail in found["detail"]


@pytest.mark.parametrize("weight", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_weights_that_are_no_numbers(client: TestClient, weight):
    content = f'{{"query_tokens": {{"cat": {weight}}}}}'
    assert "finite" in problem(client.post("/v1/search", content=content, headers=JSON), 422)["detail"]


@pytest.mark.parametrize(
    ("content", "status", "detail"),
    [
        (b'{"query"', 422, "not JSON: Expecting ':' delimiter at character 8"),
        (b"", 422, "Field required"),
        (b"\xff", 400, "cannot be read"),
        (b"[" * 100_000, 422, "nests deeper than 32 levels"),
        (b" " * (2 << 20) + b"{}", 413, "2097152 bytes"),
    ],
    ids=["cut off", "empty", "not UTF-8", "deep", "large"],
)
def test_unreadable_bodies(client: TestClient, content, status, detail):
    assert detail in problem(client.post("/v1/search", content=content, headers=JSON), status)["detail"]


def test_other_content_types(client: TestClient):
    response = client.post("/v1/search", content=b'{"query": "a"}', headers={"Content-Type": "text/plain"})
    assert "text/plain" in problem(response, 415)["detail"]


def test_many_errors_are_cut_short(client: TestClient):
    found = problem(client.post("/v1/search", json={"query_tokens": {f"t{n}": -1 for n in range(500)}}), 422)
    assert "499 more" in found["detail"]
    assert len(found["errors"]) == 20


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("/v1/search", {"query": "x" * 10_001}, "10001 characters, at most 10000"),
        ("/v1/search", {"query": "x", "size": 10_001}, "10001 ranks, at most 10000"),
        ("/v1/search", {"query": "x", "size": 10, "from": 9_991}, "10001 ranks, at most 10000"),
        ("/v1/search", {"query_tokens": {f"t{n}": 1 for n in range(10_001)}}, "10001 terms, at most 10000"),
        ("/v1/encode", {"text": "x" * 10_001}, "10001 characters, at most 10000"),
        ("/v1/encode", {"text": "x" * 100_001, "side": "document"}, "100001 characters, at most 100000"),
    ],
)
def test_limits(client: TestClient, path, body, detail):
    found = problem(client.post(path, json=body), 422)
    assert detail in found["detail"]
    assert found["errors"][0]["loc"][0] == "body"


def test_the_last_allowed_rank_can_be_asked_for(client: TestClient):
    assert client.get("/v1/search?q=cat&size=10000").status_code == 200
    assert client.post("/v1/search", json={"query": "x" * 10_000}).status_code == 200


def test_limits_come_from_the_environment(index_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LSR_MAX_K", "7")
    assert create_app(index_path).state.settings == Settings(max_k=7)


def test_unknown_paths_and_methods(client: TestClient):
    assert "'/v2/search'" in problem(client.get("/v2/search"), 404)["detail"]
    refused = client.delete("/v1/search")
    assert problem(refused, 405)["detail"] == "DELETE is not allowed on '/v1/search'; use GET, POST"
    assert refused.headers["allow"] == "GET, POST"
    assert "use POST" in problem(client.get("/v1/encode"), 405)["detail"]


def test_url_parameters(client: TestClient):
    assert problem(client.get("/v1/search"), 422)["errors"][0]["loc"] == ["query", "q"]
    assert "got 'x'" in problem(client.get("/v1/search?q=a&size=x"), 422)["detail"]
    assert "not expected" in problem(client.get("/v1/search?q=a&k=3"), 422)["detail"]
    assert problem(client.get("/v1/search?q=a&size=10001"), 422)["errors"][0]["loc"] == ["query", "size"]


def test_defects_are_logged_and_not_told(
    app: FastAPI, client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def broken(*_, **__):
        raise RuntimeError("the secret")

    monkeypatch.setattr(answering, "answer", broken)
    with caplog.at_level(logging.ERROR):
        found = problem(client.post("/v1/search", json={"query": "cat"}, headers={"X-Request-ID": "r1"}), 500)
    assert "secret" not in str(found)
    assert "request r1 failed" in caplog.text
    assert "the secret" in caplog.text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/srv/secret/idx/manifest.json is damaged; restore it", "manifest.json is damaged; restore it"),
        ("cannot read '/srv/a b'", "cannot read 'a b'"),
        ("no model: /home/me/models/x: build it", "no model: x: build it"),
        ("there is nothing at 'x/y'; 1/2 and a/b stay", "there is nothing at 'x/y'; 1/2 and a/b stay"),
    ],
)
def test_folders_of_the_machine_are_not_told(text, told):
    assert without_folders(text) == told
