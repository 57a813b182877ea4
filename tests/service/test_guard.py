"""What surrounds the routes: headers, names, counters, logs, time limits, and where settings come from."""

import json
import logging
import socket
import time
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from lsr_eval.serve_bench.server import serving
from lsr_index import InputError
from lsr_service import configuration, create_app, exposure, logs
from lsr_service.settings import Settings


def test_every_answer_has_the_headers_that_protect_browsers(client: TestClient) -> None:
    for path in ("/healthz", "/v1/search?q=moon", "/nothing", "/v1/search"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_other_sites_may_only_where_they_are_named(index_path: Path) -> None:
    app = create_app(index_path, settings=Settings(cors_origins=("https://example.org",)))
    with TestClient(app) as client:
        app.state.indexes.wait(60)
        asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
        answer = client.options("/v1/search", headers=asked)
        assert answer.headers["Access-Control-Allow-Origin"] == "https://example.org"
        other = client.get("/v1/search?q=moon", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers


def test_names_that_are_not_ours_are_refused(index_path: Path) -> None:
    app = create_app(index_path, settings=Settings(hosts=("localhost", "::1")))
    with TestClient(app) as client:
        for host, status in (("localhost:80", 200), ("[::1]:80", 200), ("evil.example", 421), ("LOCALHOST", 200)):
            assert client.get("/healthz", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    ("host", "settings", "refused"),
    [
        ("127.0.0.1", {}, False),
        ("localhost", {}, False),
        ("::1", {}, False),
        ("0.0.0.0", {}, True),
        ("192.168.0.5", {}, True),
        ("search.example.org", {}, True),
        ("0.0.0.0", {"insecure": True}, False),
        ("0.0.0.0", {"keys": Path("keys.json")}, False),
    ],
)
def test_other_machines_need_keys_or_a_word_that_they_need_none(host, settings, refused) -> None:
    if refused:
        with pytest.raises(InputError, match="--insecure"):
            exposure.checked(Settings(**settings), host)
        return
    checked, told = exposure.checked(Settings(**settings), host)
    assert (told is None) == ("keys" in settings)
    assert bool(checked.hosts) == (not settings)


def test_counters(client: TestClient) -> None:
    client.get("/v1/search?q=moon")
    client.get("/v1/indexes/index/documents/d3")
    client.get("/nothing/here")
    text = client.get("/metrics").text
    assert 'lsr_requests_total{method="GET",route="/v1/search",status="200"}' in text
    assert "documents/d3" not in text
    assert 'route="other",status="404"' in text
    assert 'lsr_stage_seconds_bucket{le="0.01",stage="search"}' in text
    assert 'lsr_index_documents{index="index"} 20.0' in text
    assert "lsr_queue_waiting" in text


def test_slow_requests_are_warned_of(index_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(index_path, settings=Settings(slow_ms=1e-6))
    with TestClient(app) as client:
        app.state.indexes.wait(60)
        client.get("/v1/search?q=moon", headers={"X-Request-ID": "mine"})
    [record] = [each for each in caplog.records if each.name == "lsr_service.slow" and "mine" in str(each.__dict__)]
    assert record.levelno == logging.WARNING
    assert "search" in record.__dict__["facts"]["stages"]


def test_lines_of_json_have_the_facts() -> None:
    record = logging.LogRecord("lsr_service.access", logging.INFO, "", 0, "%(a)s", ({"a": "ü"},), None)
    record.facts = {"request_id": "mine", "status": 200}
    line = json.loads(logs.JsonLines().format(record))
    assert (line["message"], line["request_id"], line["status"], line["level"]) == ("ü", "mine", 200, "info")


@pytest.fixture(autouse=True)
def no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put LSR_CONFIG back, which reading a file sets."""
    monkeypatch.setenv("LSR_CONFIG", "")


def test_flags_go_before_the_environment_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "lsr.toml"
    file.write_text('max_k = 1\nmax_batch = 2\nmodel = "file"\nhosts = ["a"]\n')
    monkeypatch.setenv("LSR_MAX_BATCH", "3")
    monkeypatch.setenv("LSR_MODEL", "environment")
    settings = configuration.resolved(file, ["max_waiting=4", "log_format=json"], {"model": "flag", "data": None})
    assert (settings.max_k, settings.max_batch, settings.model, settings.max_waiting) == (1, 3, "flag", 4)
    assert (settings.hosts, settings.log_format) == (("a",), "json")
    again = tmp_path / "again.toml"
    again.write_text(configuration.as_toml(settings))
    for name in ("LSR_MAX_BATCH", "LSR_MODEL"):
        monkeypatch.delenv(name)
    assert configuration.resolved(again, [], {}) == settings
    monkeypatch.setenv("LSR_CONFIG", "")
    for name, value in configuration.as_environment(settings).items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings.model_copy()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["max_q=1"], "there is no setting 'max_q'; there are model, "),
        (["max_k=0"], r"max_k \(LSR_MAX_K\) is 0: Input should be greater"),
        (["max_k"], "expected NAME=VALUE"),
    ],
)
def test_settings_that_cannot_be(given: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        configuration.resolved(None, given, {})


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist; --config names"):
        configuration.resolved(tmp_path / "none.toml", [], {})
    (tmp_path / "bad.toml").write_text("max_k = = 1")
    with pytest.raises(InputError, match="is no TOML"):
        configuration.resolved(tmp_path / "bad.toml", [], {})


def answer_of(connection: socket.socket) -> bytes:
    connection.settimeout(20)
    found = b""
    while part := connection.recv(65536):
        found += part
    return found


def test_slow_clients_are_let_go(index_path: Path) -> None:
    options = ("--set", "head_seconds=0.5", "--set", "body_seconds=0.5")
    with serving({"docs": index_path}, options) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
            begun = time.monotonic()
            assert answer_of(connection) == b""
            assert time.monotonic() - begun < 10
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            head = b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            connection.sendall(head + b"Content-Length: 100\r\n\r\n{")
            told = answer_of(connection)
            assert told.startswith(b"HTTP/1.1 408 ")
            assert b"did not arrive within 0.5 s" in told
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
            assert b" 421 " in answer_of(connection)
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(b"\x16\x03\x01 no HTTP at all\r\n\r\n")
            assert answer_of(connection).startswith(b"HTTP/1.1 400 ")
        with socket.create_connection(("127.0.0.1", server.port)) as connection:  # and others are still served
            for _ in range(2):
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                found = b""
                while not found.endswith(b'{"status":"ok"}'):
                    part = connection.recv(65536)
                    assert part
                    found += part
                assert found.startswith(b"HTTP/1.1 200 ")


def test_docs_of_the_framework_are_not_served(app: FastAPI) -> None:
    paths = {getattr(route, "path", "") for route in app.routes}
    assert "/redoc" not in paths
