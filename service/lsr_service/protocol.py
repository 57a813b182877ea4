"""HTTP on a connection as uvicorn has it, but a request's head must arrive in time.

uvicorn closes connections that are idle between requests, and waits without end for a head that comes byte by byte; a
few thousand such clients would hold every connection. Nor does it mind how long a head grows.
"""

import asyncio
import uuid
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from lsr_service.problems import answer
from lsr_service.settings import Settings

HEAD_SECONDS = 10.0
HEAD_BYTES = 32 << 10
END = b"\r\n\r\n"
_Base: Any = AutoHTTPProtocol


def configure(settings: Settings) -> None:
    """Let connections of this process have the limits of `settings`."""
    TimedProtocol.head_seconds, TimedProtocol.head_bytes = settings.head_seconds, settings.max_head_bytes


class TimedProtocol(_Base):  # type: ignore[misc]
    """Close a connection whose request's head takes longer than `head_seconds`, or is longer than `head_bytes`."""

    head_seconds = HEAD_SECONDS
    head_bytes = HEAD_BYTES
    _head: asyncio.TimerHandle | None = None
    _seen, _last, _has_line = 0, b"", False

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take some bytes; the wait ends when they complete a head."""
        if self._head is None and not self._is_answering():
            self._wait()
        if self._head is not None and self._is_too_long(data):
            self._refuse()
            return
        super().data_received(data)
        if self._is_answering():
            self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop()
        super().connection_lost(exc)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _is_too_long(self, data: bytes) -> bool:
        # What comes after the head does not count; its end may lie across two pieces.
        joined = self._last + data
        end = joined.find(END)
        self._seen += len(data) if end < 0 else end + len(END) - len(self._last)
        self._has_line = self._has_line or b"\n" in joined[: self.head_bytes]
        self._last = joined[-3:] if end < 0 else b""
        return self._seen > self.head_bytes

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        self._answer(HTTPStatus.BAD_REQUEST, msg)

    def _refuse(self) -> None:
        self._stop()
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE if self._has_line else HTTPStatus.REQUEST_URI_TOO_LONG
        what = "headers are" if self._has_line else "URL is"
        detail = f"the {what} too long; all in all {self.head_bytes} bytes are read before the body"
        self._answer(status, detail)

    def _answer(self, status: HTTPStatus, detail: str) -> None:
        # There is no request yet that the application could answer.
        if self.transport.is_closing():
            return
        told = answer(status, detail, uuid.uuid4().hex, headers={"Connection": "close"})
        lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
        lines += [name + b": " + value for name, value in told.raw_headers]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(told.body)]))
        self.transport.close()

    def _wait(self) -> None:
        self._seen, self._last, self._has_line = 0, b"", False
        self._head = self.loop.call_later(self.head_seconds, self._close)

    def _stop(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _close(self) -> None:
        self._head = None
        if not self._is_answering() and not self.transport.is_closing():
            self.transport.close()
