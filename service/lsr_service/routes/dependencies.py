"""What routes ask for."""

from typing import Annotated

from fastapi import Depends, Request

from lsr_service.engine import Engine
from lsr_service.problems import ProblemError
from lsr_service.settings import Settings


# These are coroutines because plain functions would each cost a trip to the thread pool.
async def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


async def _ready_engine(engine: Annotated[Engine, Depends(_engine)]) -> Engine:
    engine.check_ready()
    return engine


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


AnyEngine = Annotated[Engine, Depends(_engine)]
ReadyEngine = Annotated[Engine, Depends(_ready_engine)]
CurrentSettings = Annotated[Settings, Depends(_settings)]


def check_limit(what: str, value: int, limit: int, unit: str, loc: list[str]) -> None:
    """Refuse a value above its limit.

    Raises:
        ProblemError: 422, with both numbers.
    """
    if value > limit:
        message = f"{what} has {value} {unit}, at most {limit} are allowed"
        raise ProblemError(422, message, errors=[{"loc": loc, "msg": message}])
