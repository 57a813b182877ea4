"""One of several processes behind the same port: its application, and its end when the parent is gone."""

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from multiprocessing.process import BaseProcess

from fastapi import FastAPI

from lsr.encoders import memory
from lsr_index.errors import InputError
from lsr_service.app import create_app
from lsr_service.protocol import configure
from lsr_service.settings import Settings


def from_environment() -> FastAPI:
    """Make the application from LSR_INDEXES, LSR_DATA and LSR_MODEL: the factory that a worker calls.

    Raises:
        InputError: if neither LSR_INDEXES nor LSR_DATA is set.
    """
    settings = Settings()
    if not settings.indexes and settings.data is None:
        raise InputError("LSR_INDEXES is not set; set it to folders by name, as JSON")
    if parent := multiprocessing.parent_process():
        threading.Thread(target=_end_with, args=(parent,), name="lsr-parent", daemon=True).start()
    configure(settings)
    memory.share_heap()
    return create_app(settings.indexes, settings=settings)


def _end_with(parent: BaseProcess) -> None:
    # A parent that is killed cannot tell its workers; they would hold the port against the next server.
    multiprocessing.connection.wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
