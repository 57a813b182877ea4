"""What surrounds every request: its id, the limit of its body, and the net under it."""

import asyncio
import logging
import re
import time
import uuid

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lsr_service import keys, problems
from lsr_service.settings import Settings

log = logging.getLogger("lsr_service")
GIVEN_ID = re.compile(r"[\w.:+/=-]{1,128}", re.ASCII)
"""Ids of callers that are taken over; others could break a log line and are replaced."""


class RequestContext:
    """ASGI middleware: X-Request-ID is echoed or made, bodies are bounded, defects are logged and answered.

    Args:
        app: The application inside.
        settings: Longer bodies are answered with 413, longer URLs with 414, bodies that are late with 408.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.max_body_bytes, self.body_seconds = settings.max_body_bytes, settings.body_seconds
        self.max_url_bytes = settings.max_url_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        is_one = GIVEN_ID.fullmatch(given) and not keys.SHAPE.search(given)
        request_id = given if is_one else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        started = False

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        length = len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")
        if length > self.max_url_bytes:
            detail = f"the URL has {length} bytes, at most {self.max_url_bytes} are read; send a body with POST"
            await problems.answer(414, detail, request_id)(scope, receive, send_with_id)
            return
        try:
            await self.app(scope, self._bounded(receive), send_with_id)
        except Exception:
            path = keys.SHAPE.sub(keys.PREFIX + "…", scope["path"])
            log.exception("request %s failed: %s %r", request_id, scope["method"], path)
            if started:
                raise  # too late for an answer; the server closes the connection
            detail = f"the server failed to answer; its log has the reason under request {request_id}"
            await problems.answer(500, detail, request_id)(scope, receive, send_with_id)

    def _bounded(self, receive: Receive) -> Receive:
        received, complete = 0, False
        end = time.monotonic() + self.body_seconds

        async def bounded() -> Message:
            nonlocal received, complete
            if complete:  # what comes after the body is the end of the connection, whenever that is
                return await receive()
            try:
                async with asyncio.timeout(max(0.0, end - time.monotonic())):
                    message = await receive()
            except TimeoutError:
                headers = {"Connection": "close"}
                detail = f"the body did not arrive within {self.body_seconds:g} s"
                raise HTTPException(408, detail, headers=headers) from None
            complete = not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > self.max_body_bytes:
                # Raised while the body is read, so the framework turns it into an answer like any other.
                raise HTTPException(413, f"the body has more than {self.max_body_bytes} bytes; send a smaller one")
            return message

        return bounded
