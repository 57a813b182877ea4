"""Bodies of requests: JSON, read only so deep."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def parsed(data: bytes, depth: int) -> Any:
    """Read JSON.

    Args:
        data: UTF-8.
        depth: How many lists and objects may stand in one another.

    Raises:
        json.JSONDecodeError: if it is none.
        UnicodeDecodeError: if it is no UTF-8.
        TooDeepError: if it nests deeper.
    """
    try:
        value = json.loads(data.decode())  # from bytes it would guess other encodings, too
    except RecursionError:
        raise TooDeepError(depth) from None
    # A cheap bound first: without more opening brackets than that, nothing can be too deep.
    if data.count(b"[") + data.count(b"{") <= depth:
        return value
    level = [value]
    for _ in range(depth):
        level = [item for each in level if isinstance(each, (list, dict)) for item in _items(each)]
    if any(isinstance(each, (list, dict)) for each in level):
        raise TooDeepError(depth)
    return value


class TooDeepError(ValueError):
    """JSON that nests deeper than is read."""

    def __init__(self, depth: int) -> None:
        super().__init__(f"the JSON nests deeper than {depth} levels; send something flatter")


class Bodies(APIRoute):
    """A route whose bodies are read by `parsed`."""

    def get_route_handler(self) -> Handler:
        """Return the framework's handler, before it our way of reading."""
        handle = super().get_route_handler()

        async def read(request: Request) -> Response:
            return await handle(_Request(request.scope, request.receive))

        return read


class _Request(Request):
    async def json(self) -> Any:
        """Return the body's value, read once."""
        if not hasattr(self, "_json"):
            try:
                self._json = parsed(await self.body(), self.app.state.settings.max_depth)
            except TooDeepError as error:
                raise HTTPException(422, str(error)) from error
        return self._json


def _items(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value
