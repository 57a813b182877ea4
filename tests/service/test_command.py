"""`lsr serve` as a process: started, killed in the middle of requests, started again, stopped."""

import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from lsr_index import IndexFormatError, InputError
from lsr_service.command import run

SECONDS = 120  # a cold start compiles the kernels


class Server:
    """`lsr serve INDEX` on a port of the loopback interface."""

    def __init__(self, index: Path, port: int, *options: str) -> None:
        command = [sys.executable, "-m", "lsr.cli", "serve", str(index), "--port", str(port), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{port}"

    def wait_ready(self) -> None:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the server ended"
            try:
                if httpx2.get(f"{self.url}/readyz").status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError("the server did not become ready")

    def ids(self, query: str) -> list[str]:
        answer = httpx2.post(f"{self.url}/v1/search", json={"query": query})
        deadline = time.monotonic() + SECONDS
        while answer.status_code == 503 and time.monotonic() < deadline:  # of several workers, one may still load
            time.sleep(0.05)
            answer = httpx2.post(f"{self.url}/v1/search", json={"query": query})
        assert answer.status_code == 200
        return [hit["id"] for hit in answer.json()["hits"]]

    def end(self, how: signal.Signals) -> tuple[int, bytes]:
        """Send a signal and return the exit code and what was written to standard output."""
        self.process.send_signal(how)
        out, _ = self.process.communicate(timeout=30)
        return self.process.returncode, out


@pytest.fixture
def serve(index_path: Path) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(port: int, *options: str) -> Server:
        servers.append(Server(index_path, port, *options))
        servers[-1].wait_ready()
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.end(signal.SIGTERM)


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def wait_free(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < deadline, "the port stays taken"
            time.sleep(0.05)
        else:
            return


def test_killed_during_requests_and_started_again(serve: Callable[..., Server], port: int):
    server = serve(port)
    expected = server.ids("moon tides")
    assert expected
    statuses: list[int] = []
    answered, gone = threading.Event(), threading.Event()

    def ask() -> None:
        with httpx2.Client() as client:
            while not gone.is_set():
                try:
                    statuses.append(client.get(f"{server.url}/v1/search?q=moon+tides&size=20").status_code)
                except httpx2.TransportError:
                    gone.set()
                answered.set()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    answered.wait(30)
    assert server.end(signal.SIGKILL)[0] == -signal.SIGKILL
    for thread in threads:
        thread.join(30)
    assert gone.is_set()
    assert set(statuses) == {200}

    again = serve(port)
    assert again.ids("moon tides") == expected


def test_sigterm_ends_it_in_order(serve: Callable[..., Server], port: int):
    server = serve(port)
    assert server.ids("cat")
    code, out = server.end(signal.SIGTERM)
    assert code == 143  # uvicorn shuts down and then lets the signal take its usual course
    assert out == b""
    with pytest.raises(httpx2.TransportError):
        server.ids("cat")


def test_several_workers(serve: Callable[..., Server], port: int):
    server = serve(port, "--workers", "2")
    assert server.ids("cat")
    # A killed parent cannot stop its workers: they notice, and let go of the port.
    assert server.end(signal.SIGKILL)[0] == -signal.SIGKILL
    wait_free(port)
    server = serve(port, "--workers", "2")
    assert server.ids("cat")
    assert server.end(signal.SIGTERM)[0] in (0, 143)


def test_a_refusal_is_one_line(tmp_path: Path):
    command = [sys.executable, "-m", "lsr.cli", "serve", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("lsr: error: ")
    assert str(tmp_path / "none") in line


@pytest.mark.parametrize("workers", [1, 2])
def test_a_damaged_index_is_refused(index_path: Path, tmp_path: Path, workers: int):
    damaged = Path(shutil.copytree(index_path, tmp_path / "damaged"))
    (damaged / "manifest.json").write_text("{")
    with pytest.raises(IndexFormatError):
        run([str(damaged)], port=0, workers=workers)


def test_a_bad_setting_is_refused(index_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LSR_MAX_K", "many")
    with pytest.raises(InputError, match="LSR_MAX_K is 'many'"):
        run([str(index_path)])


def test_a_taken_port_is_refused(index_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"cannot listen on 127.0.0.1 port {number}: Address already in use"):
            run([str(index_path)], port=number)
