"""The application: indexes, routes, errors and their description."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio.to_thread
from fastapi import FastAPI

from lsr import __version__
from lsr_service import browsers, openapi, problems
from lsr_service.auth import Guard
from lsr_service.context import RequestContext
from lsr_service.indexes import Indexes
from lsr_service.key_ring import KeyRing
from lsr_service.metrics import Metrics
from lsr_service.names import named
from lsr_service.observing import Observer
from lsr_service.routes import documents, encode, explain, health, indexes, metrics, msearch, page, search
from lsr_service.settings import Settings

Paths = str | Path | Sequence[str | Path] | Mapping[str, Path]


def create_app(paths: Paths = (), *, model: str | None = None, settings: Settings | None = None) -> FastAPI:
    """Open indexes and make the application that serves them.

    They are opened here, so that a damaged one is refused before anything listens. Encoders are loaded and a first
    search of each is run in the background once the application starts; until then `/readyz` and searches answer 503.

    Args:
        paths: Folders of indexes, or one; they are called as their folders are, or as keys of a mapping say.
        model: Encode queries with this model instead of the recorded ones; it must have the same vocabulary.
        settings: Limits; by default read from the environment.

    Raises:
        IndexNotFoundError: if there is no index at one of the paths.
        IndexFormatError: if one is damaged.
        InputError: if a name cannot be one, or the file of keys cannot be read.
    """
    settings = settings or Settings()
    folders = paths if isinstance(paths, Mapping) else named([paths] if isinstance(paths, (str, Path)) else paths)
    ring = KeyRing(settings.keys) if settings.keys is not None else None
    served = Indexes(folders, settings, model or settings.model)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        served.start()
        yield
        await anyio.to_thread.run_sync(served.close)

    app = FastAPI(
        title="lsr",
        summary="Learned sparse retrieval over HTTP",
        version=__version__,
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        docs_url=None,  # the framework's own pages load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.indexes = served
    app.state.settings = settings
    app.state.has_keys = ring is not None
    app.state.metrics = Metrics(served)
    # The last one added is the outermost.
    app.add_middleware(Guard, ring=ring)
    browsers.install(app, settings)
    app.add_middleware(Observer, metrics=app.state.metrics, slow_ms=settings.slow_ms)
    app.add_middleware(RequestContext, settings=settings)
    problems.install(app)
    openapi.install(app, has_keys=ring is not None)
    for module in (indexes, documents, search, msearch, explain, encode, health, metrics):
        app.include_router(module.router)
    page.install(app)
    return app
