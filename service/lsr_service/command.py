"""`lsr serve`: the service from the command line."""

import copy
import json
import os
import socket
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn
from pydantic import ValidationError
from uvicorn.config import LOGGING_CONFIG

from lsr_index.errors import InputError
from lsr_index.index import SparseIndex
from lsr_service.app import create_app
from lsr_service.names import named
from lsr_service.settings import Settings


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
        typer.Option(help="Folder of indexes in which more may be created over HTTP.", show_default=False),
    ] = None,
) -> None:
    """Answer queries over HTTP until it is interrupted.

    The API is described at /openapi.json; /readyz says when searches are answered.
    """
    settings = _settings(indexes or [], model, data)
    _check_address(host, port)
    listen: dict[str, Any] = {"host": host, "port": port, "log_config": _logging()}
    if workers == 1:
        uvicorn.run(create_app(settings.indexes, settings=settings), **listen)
        return
    # Workers are new processes: the parent finds out whether the indexes are whole, then they open them again.
    for path in settings.indexes.values():
        SparseIndex.open(path)
    os.environ["LSR_INDEXES"] = json.dumps({name: str(path) for name, path in settings.indexes.items()})
    if settings.data is not None:
        os.environ["LSR_DATA"] = str(settings.data)
    if settings.model is not None:
        os.environ["LSR_MODEL"] = settings.model
    uvicorn.run("lsr_service.workers:from_environment", factory=True, workers=workers, **listen)


def _settings(indexes: list[str], model: str | None, data: Path | None) -> Settings:
    given: dict[str, Any] = {"indexes": named(indexes)} if indexes else {}
    given |= {name: value for name, value in (("model", model), ("data", data)) if value is not None}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = "LSR_" + "_".join(str(part) for part in first["loc"]).upper()
        raise InputError(f"{name} is {first['input']!r}: {first['msg']}") from error
    if not settings.indexes and settings.data is None:
        raise InputError("there is nothing to serve; name the folder of an index, or a folder for indexes with --data")
    return settings


def _check_address(host: str, port: int) -> None:
    # uvicorn would load everything first and then log the failure its own way.
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise InputError(
            f"cannot listen on {host} port {port}: {error.strerror}; choose another --port or --host"
        ) from error


def _logging() -> dict[str, Any]:
    # Logs go to standard error, all of them: uvicorn writes its access log to standard output.
    config = copy.deepcopy(LOGGING_CONFIG)
    config["handlers"]["access"]["stream"] = "ext://sys.stderr"
    config["loggers"]["lsr_service"] = {"handlers": ["default"], "level": "INFO", "propagate": False}
    return config
