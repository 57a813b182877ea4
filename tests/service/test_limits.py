"""What is sent to break the server: it refuses in one line, and answers the next one as before."""

import http.client
import json
import os
import random
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lsr_eval.serve_bench.server import Server, serving

JSON = {"Content-Type": "application/json"}
SEARCH = "/v1/indexes/docs/search"
BULK = "/v1/indexes/docs/documents"


@pytest.fixture(scope="module")
def server(index_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("data")
    (data / "secret.txt").write_text("nobody's business")
    with serving({"docs": index_path}, ("--data", str(data), "--set", "max_body_bytes=50000")) as server:
        yield server


def ask(server: Server, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None):
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request(method, path, body or None, headers if headers is not None else JSON)
        answer = connection.getresponse()
        return answer.status, answer.read()


def refused(server: Server, status: int, answer: tuple[int, bytes]) -> str:
    assert answer[0] == status, answer
    problem = json.loads(answer[1])
    assert problem["status"] == status
    assert "Traceback" not in problem["detail"]
    assert len(problem["detail"]) < 1000
    assert ask(server, "POST", SEARCH, b'{"query": "moon"}')[0] == 200
    return str(problem["detail"])


@pytest.mark.parametrize("depth", [33, 5_000, 20_000])
@pytest.mark.parametrize("brackets", [b"[]", b"{}"])
def test_deep_json(server: Server, depth: int, brackets: bytes) -> None:
    opened = b"[" if brackets == b"[]" else b'{"a":'
    deep = opened * depth + b"1" + brackets[1:] * depth
    whole = b'{"query": "moon", "filter": ' + deep + b"}"
    if len(whole) > 50_000:
        refused(server, 413, ask(server, "POST", SEARCH, whole))
        return
    told = refused(server, 422, ask(server, "POST", SEARCH, whole))
    assert "nests deeper than 32 levels" in told or "not JSON" in told
    line = b'{"id": "a", "text": "a", "field": ' + deep + b"}\n"
    status, answer = ask(server, "POST", BULK, line)
    assert (status, json.loads(answer)["items"][0]["status"]) == (200, 422)


def test_depth_is_not_counted_in_texts(server: Server) -> None:
    query = json.dumps({"query": "[" * 100 + "{" * 100, "size": 1}).encode()
    assert ask(server, "POST", SEARCH, query)[0] == 200


@pytest.mark.parametrize(
    "text", ["(" * 4_000 + "page = 1" + ")" * 4_000, "not " * 2_000 + "page = 1", "page in (" * 900]
)
def test_deep_filters(server: Server, text: str) -> None:
    refused(server, 400, ask(server, "POST", SEARCH, json.dumps({"query": "moon", "filter": text}).encode()))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"\xff\xfe{}", 400),
        (b'{"query": "\xc3\x28"}', 400),
        (b'{"query": "\\ud800"}', 200),
        (b'{"query": "moon"', 422),
        (b'{"query": "moon"} trailing', 422),
        (b"\x00" * 100, 422),
        (b"null", 422),
        (b'{"query_tokens": {"moon": 1e400}}', 422),
        (b'{"query": "moon", "size": 99999999999999999999999999}', 422),
        (b" " * 50_001, 413),
        (b'{"query": "' + b"a" * 20_000 + b'"}', 422),
        (b'{"query_tokens": {' + b",".join(b'"t%d": 1' % n for n in range(4_000)) + b"}}", 200),
    ],
)
def test_bodies(server: Server, body: bytes, status: int) -> None:
    answer = ask(server, "POST", SEARCH, body)
    if status == 200:
        assert answer[0] == 200
    else:
        refused(server, status, answer)


@pytest.mark.parametrize(
    "name",
    [
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e",
        "..%5c..",
        "secret.txt",
        "docs%00",
        "docs%0a",
        "Docs",
        "%ff%fe",
        "a" * 300,
        "*",
        "_all",
        "docs,docs",
    ],
)
@pytest.mark.parametrize(
    ("method", "rest"), [("GET", ""), ("GET", "/search?q=moon"), ("PUT", ""), ("DELETE", ""), ("PUT", "/documents/a")]
)
def test_names_that_are_paths(server: Server, name: str, method: str, rest: str) -> None:
    body = b'{"text": "a"}' if rest.startswith("/documents") else b"{}" if method == "PUT" else b""
    if method == "PUT" and name == "secret.txt" and not rest:
        body = b'{"model": "../secret.txt"}'
    status, answer = ask(server, method, f"/v1/indexes/{name}{rest}", body)
    assert status in (400, 404, 405, 409, 422), answer
    assert b"nobody" not in answer
    assert b"passwd:" not in answer
    listed = json.loads(ask(server, "GET", "/v1/indexes")[1])["indexes"]
    assert [each["name"] for each in listed] == ["docs"]


@pytest.mark.parametrize(
    "path", ["/static/../settings.py", "/static/%2e%2e/settings.py", "/static//etc/passwd", "/static/"]
)
def test_static_files_are_only_those(server: Server, path: str) -> None:
    assert ask(server, "GET", path)[0] in (404, 405)


def raw(server: Server, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        except OSError:  # it need not read to the end
            pass
        found = b""
        try:
            while part := connection.recv(65536):
                found += part
        except ConnectionResetError:
            pass
        return found


def test_long_urls_and_heads(server: Server) -> None:
    refused(server, 414, ask(server, "GET", f"{SEARCH}?q={'a' * 17_000}"))
    refused(server, 414, ask(server, "GET", f"{SEARCH}?q={'a' * 500_000}"))
    refused(server, 431, ask(server, "GET", f"{SEARCH}?q=a", headers={"X-Long": "a" * 40_000}))
    many = {f"X-{n}": "a" * 100 for n in range(400)}
    told = raw(server, b"GET / HTTP/1.1\r\n" + b"".join(f"{k}: {v}\r\n".encode() for k, v in many.items()) * 100)
    assert told.startswith(b"HTTP/1.1 431 ")
    # A head of the usual size may be followed by a body that is larger than heads may be, in one piece or in many.
    body = b'{"query": "' + b"moon " * 1_900 + b'"}' + b" " * 30_000
    head = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    head = head % (SEARCH.encode(), len(body)) + b"Connection: close\r\n\r\n"
    for cut in (len(head) - 1, len(head) - 3, 10, len(head) + 5):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall((head + body)[:cut])
            connection.sendall((head + body)[cut:])
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_what_is_no_http_has_a_problem_too(server: Server) -> None:
    head, _, body = raw(server, b"GET / HTTP/1.1\r\nbad name: x\r\n\r\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["status"] == 400


def test_ids_that_no_url_could_name(server: Server) -> None:
    for name in ("%00", "a%09b", "%ff"):
        told = refused(server, 422, ask(server, "PUT", f"{BULK}/{name}", b'{"text": "a"}'))
        assert "pattern" in told
    line = b'{"id": "a\\u0000", "text": "a"}\n'
    [item] = json.loads(ask(server, "POST", BULK, line)[1])["items"]
    assert (item["status"], "cannot be written in a URL" in item["detail"]) == (422, True)


def test_other_methods_are_named(server: Server) -> None:
    for path, allowed in (
        ("/v1/indexes/docs", "DELETE, GET, PUT"),
        ("/v1/indexes/docs/documents/a/b", "DELETE, GET, PUT"),
        ("/v1/search", "GET, POST"),
        ("/healthz", "GET"),
    ):
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
            connection.request("PATCH", path)
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Allow"]) == (405, allowed)


def test_noise(server: Server) -> None:
    rng = random.Random(7)
    template = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n"
    whole = template % SEARCH.encode() + b'{"query": "moon"} '
    for turn in range(150):
        sent = bytearray(whole if turn % 3 else os.urandom(200) + b"\r\n\r\n")
        for _ in range(rng.randrange(1, 6)):
            place = rng.randrange(len(sent))
            sent[place : place + rng.randrange(3)] = bytes([rng.randrange(256)] * rng.randrange(3))
        answer = raw(server, bytes(sent))
        assert not answer.startswith(b"HTTP/1.1 5"), (bytes(sent), answer)
    assert ask(server, "POST", SEARCH, b'{"query": "moon"}')[0] == 200
