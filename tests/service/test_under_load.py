"""Many at once: too many are told to wait, new versions come without a dropped request, ending servers finish."""

import json
import signal
import socket
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from lsr import Document, Retriever
from lsr.encoders import DEFAULT_MODEL
from lsr_eval.serve_bench.server import serving
from lsr_service import answering, create_app
from lsr_service.settings import Settings


def test_too_many_are_refused_and_the_others_answered(index_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go, answer = threading.Event(), answering.answer
    app = create_app(index_path, settings=Settings(max_waiting=4, search_threads=1, max_batch=2))
    with TestClient(app) as client:
        app.state.indexes.wait(60)

        def held(*arguments, **options):
            go.wait(60)
            return answer(*arguments, **options)

        monkeypatch.setattr(answering, "answer", held)
        with ThreadPoolExecutor(40) as pool:
            asked = [pool.submit(client.get, "/v1/search?q=moon") for _ in range(40)]
            # Those that are taken hold their threads; all others are told at once.
            while sum(each.done() for each in asked) < 40 - 4 - 2 - 2:
                assert not go.is_set()
            refused = [each.result() for each in asked if each.done()]
            lane = app.state.indexes.default.queries
            assert lane.waiting <= 4
            go.set()
            statuses = Counter(each.result().status_code for each in asked)
    assert statuses.keys() == {200, 429}
    assert statuses[200] >= 4
    assert {each.headers["Retry-After"] for each in refused} == {"1"}
    assert "are waiting, no more are taken" in refused[0].json()["detail"]


def test_new_versions_come_without_a_dropped_request(tmp_path: Path) -> None:
    path = tmp_path / "docs"

    def build(version: int) -> None:
        texts = [f"the moon and version{version}", "tides rise", "bees dance"]
        documents = [Document(f"v{version}-{n}", text) for n, text in enumerate(texts)]
        Retriever.build(documents, model="bm25", path=path, overwrite=True)

    build(0)
    app = create_app(path, settings=Settings(reload_seconds=0.02))
    with TestClient(app) as client:
        app.state.indexes.wait(60)
        stop, seen, failed = threading.Event(), set(), []

        def ask() -> None:
            while not stop.is_set():
                answer = client.get("/v1/search?q=moon")
                if answer.status_code != 200 or len(answer.json()["hits"]) != 1:
                    failed.append(answer.text)
                else:
                    seen.add(answer.json()["hits"][0]["id"])

        with ThreadPoolExecutor(4) as pool:
            asking = [pool.submit(ask) for _ in range(4)]
            for version in range(1, 6):
                build(version)
                for _ in range(3000):
                    if f"v{version}-0" in seen:
                        break
                    stop.wait(0.01)
            stop.set()
            for each in asking:
                each.result()
    assert failed == []
    assert seen == {f"v{version}-0" for version in range(6)}


def test_an_ending_server_answers_what_has_begun(index_path: Path) -> None:
    body = b'{"query": "moon"}'
    head = (
        b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )
    with serving({"docs": index_path}) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall(head % len(body) + body[:5])
            with socket.create_connection(("127.0.0.1", server.port), timeout=30) as other:
                other.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")  # it has seen ours by now
                assert other.recv(65536).startswith(b"HTTP/1.1 200 ")
            server.process.send_signal(signal.SIGTERM)
            for _ in range(3000):  # until it listens no longer
                try:
                    socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
                except OSError:
                    break
            connection.sendall(body[5:])
            answer = b""
            while part := connection.recv(65536):
                answer += part
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["hits"]
        assert server.process.wait(30) in (0, 128 + signal.SIGTERM)


@pytest.mark.parametrize("model", ["bm25", DEFAULT_MODEL])
def test_no_torch_in_the_process(tmp_path: Path, documents: list[Document], model: str) -> None:
    Retriever.build(documents, model=model, path=tmp_path / "docs")
    with serving({"docs": tmp_path / "docs"}) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            url = b"/v1/search?q=moon+and+tides&highlight=true&explain=true"
            connection.sendall(b"GET " + url + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = b""
            while part := connection.recv(65536):
                answer += part
        found = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert found["hits"][0]["highlight"]["text"]
        maps = Path(f"/proc/{server.process.pid}/maps").read_text()
    assert "_kernels" in maps or "llvmlite" in maps or "numpy" in maps
    assert "libtorch" not in maps
