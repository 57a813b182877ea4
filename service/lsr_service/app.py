"""The application: an index, its routes, its errors and its description."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from lsr import __version__
from lsr.retriever import Retriever
from lsr_service import openapi, problems
from lsr_service.context import RequestContext
from lsr_service.engine import Engine
from lsr_service.routes import encode, health, search
from lsr_service.settings import Settings


def create_app(path: str | Path, *, model: str | None = None, settings: Settings | None = None) -> FastAPI:
    """Open an index and make the application that serves it.

    The index is opened here, so that a damaged one is refused before anything listens. Its encoder is loaded and a
    first search is run in the background once the application starts; until then `/readyz` and searches answer 503.

    Args:
        path: The index's folder.
        model: Encode queries with this model instead of the recorded one; it must have the same vocabulary.
        settings: Limits; by default read from the environment.

    Raises:
        IndexNotFoundError: if there is no index at `path`.
        IndexFormatError: if it is damaged.
    """
    settings = settings or Settings()
    model = model or settings.model
    engine = Engine(Retriever.open(path, model=model), model)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine.start()
        yield
        engine.wait(5)  # a load that is under way should not be cut off inside a library

    app = FastAPI(
        title="lsr",
        summary="Learned sparse retrieval over HTTP",
        version=__version__,
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        lifespan=lifespan,
    )
    app.state.engine = engine
    app.state.settings = settings
    app.add_middleware(RequestContext, max_body_bytes=settings.max_body_bytes)
    problems.install(app)
    openapi.install(app)
    for module in (search, encode, health):
        app.include_router(module.router)
    return app
