"""What routes ask for."""

from typing import Annotated

from fastapi import Depends, Path, Request

from lsr_service.engine import Engine
from lsr_service.indexes import Indexes
from lsr_service.problems import ProblemError
from lsr_service.settings import Settings


# These are coroutines because plain functions would each cost a trip to the thread pool.
async def _indexes(request: Request) -> Indexes:
    indexes: Indexes = request.app.state.indexes
    return indexes


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


AllIndexes = Annotated[Indexes, Depends(_indexes)]
CurrentSettings = Annotated[Settings, Depends(_settings)]
Name = Annotated[str, Path(description="The index.", examples=["docs"])]


async def _named(name: Name, indexes: AllIndexes) -> Engine:
    return indexes.ready(name)


async def _default(indexes: AllIndexes) -> Engine:
    return indexes.ready()


NamedEngine = Annotated[Engine, Depends(_named)]
DefaultEngine = Annotated[Engine, Depends(_default)]


def check_limit(what: str, value: int, limit: int, unit: str, loc: list[str]) -> None:
    """Refuse a value above its limit.

    Raises:
        ProblemError: 422, with both numbers.
    """
    if value > limit:
        message = f"{what} has {value} {unit}, at most {limit} are allowed"
        raise ProblemError(422, message, errors=[{"loc": loc, "msg": message}])
