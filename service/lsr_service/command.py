"""`lsr serve`: the service from the command line."""

import os
import socket
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn

from lsr import console
from lsr.encoders import memory
from lsr_index.errors import InputError
from lsr_index.index import SparseIndex
from lsr_service import configuration, exposure, logs
from lsr_service.app import create_app
from lsr_service.metrics import SEVERAL
from lsr_service.names import named
from lsr_service.protocol import TimedProtocol, configure


def run(
    indexes: Annotated[
        list[str] | None,
        typer.Argument(
            help="Folders of indexes; NAME=FOLDER names one otherwise.", metavar="INDEX…", show_default=False
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Processes; each loads the model.", min=1)] = 1,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="Encode queries with this model, not the recorded one.", show_default=False),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder whose indexes are all served.", show_default=False),
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="Ask for keys of this file; lsr serve keys makes them.", show_default=False)
    ] = None,
    insecure: Annotated[bool, typer.Option("--insecure", help="Let other machines in without keys.")] = False,
    config: Annotated[
        Path | None, typer.Option(help="Settings in TOML; variables LSR_… go before it.", show_default=False)
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any setting: max_k=100. May be repeated.", metavar="NAME=VALUE"),
    ] = None,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print the settings as TOML instead of serving.")
    ] = False,
) -> None:
    """Answer queries over HTTP until it is interrupted.

    The API is described at /openapi.json; /readyz says when searches are answered.
    """
    flags: dict[str, Any] = {"model": model, "data": data, "keys": keys, "insecure": insecure or None}
    flags |= {"indexes": named(indexes) if indexes else None}
    settings = configuration.resolved(config, given or [], flags)
    if print_config:
        console.out(configuration.as_toml(settings))
        return
    if not settings.indexes and settings.data is None:
        raise InputError("there is nothing to serve; name the folder of an index, or a folder for indexes with --data")
    settings, told = exposure.checked(settings, host)
    _check_address(host, port)
    configure(settings)
    memory.share_heap()
    listen: dict[str, Any] = {
        "host": host,
        "port": port,
        "log_config": logs.configuration(settings.log_format, access=settings.access_log),
        "access_log": False,  # the application writes its own, with request ids
        "http": TimedProtocol,
        "limit_concurrency": settings.max_connections,
        "server_header": False,
        "timeout_graceful_shutdown": 30,
    }
    if workers == 1:
        app = create_app(settings.indexes, settings=settings)
        _tell(told)
        uvicorn.run(app, **listen)
        return
    # Workers are new processes: the parent finds out whether the indexes are whole, then they open them again.
    for path in settings.indexes.values():
        SparseIndex.open(path)
    _tell(told)
    os.environ |= configuration.as_environment(settings)
    with tempfile.TemporaryDirectory(prefix="lsr-metrics-") as folder:
        os.environ.setdefault(SEVERAL, folder)
        uvicorn.run("lsr_service.workers:from_environment", factory=True, workers=workers, **listen)


def _tell(told: str | None) -> None:
    if told is not None:
        console.note(told)


def _check_address(host: str, port: int) -> None:
    # uvicorn would load everything first and then log the failure its own way.
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise InputError(
            f"cannot listen on {host} port {port}: {error.strerror}; choose another --port or --host"
        ) from error
