"""A service of our own in a process of its own, as `lsr serve` starts it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from lsr_index.errors import LsrError

HOST = "127.0.0.1"
START_SECONDS = 180
STOP_SECONDS = 30


class ServerFailedError(LsrError):
    """The service ended, or did not get ready."""


@dataclass(frozen=True)
class Server:
    """A service that answers."""

    port: int
    process: "subprocess.Popen[bytes]"

    def memory(self) -> int | None:
        """Return the bytes of its own that it holds now; None where the system does not tell.

        Pages of mapped files, which the system takes back when it needs them, are not among them.
        """
        try:
            lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        except OSError:
            return None
        return next((1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon:")), None)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.process.kill()
        self.process.wait()


@contextmanager
def serving(
    indexes: Mapping[str, Path], options: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Serve indexes by name on a free port of this machine, and wait until they answer.

    Args:
        indexes: Folders by name.
        options: Further options of `lsr serve`.
        environment: Further variables.

    Raises:
        ServerFailedError: if it ends or takes too long; with the last lines that it wrote.
    """
    port = _free_port()
    names = [f"{name}={path}" for name, path in indexes.items()]
    command = [sys.executable, "-m", "lsr.cli", "serve", *names, "--host", HOST, "--port", str(port), *options]
    with TemporaryFile() as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})}
        )
        try:
            _wait(process, port, log)
            yield Server(port, process)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int, log: IO[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        if _is_ready(port):
            return
        time.sleep(0.1)
    log.seek(0)
    told = " ".join(log.read().decode(errors="replace").split("\n")[-6:]).strip()
    raise ServerFailedError(f"the service did not get ready: {told or 'it said nothing'}")


def _is_ready(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port
