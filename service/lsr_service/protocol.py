"""HTTP on a connection as uvicorn has it, but a request's head must arrive in time.

uvicorn closes connections that are idle between requests, and waits without end for a head that comes byte by byte; a
few thousand such clients would hold every connection.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

HEAD_SECONDS = 10.0
_Base: Any = AutoHTTPProtocol


class TimedProtocol(_Base):  # type: ignore[misc]
    """Close a connection whose request's head takes longer than `head_seconds`."""

    head_seconds = HEAD_SECONDS
    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take some bytes; the wait ends when they complete a head."""
        if self._head is None and not self._is_answering():
            self._wait()
        super().data_received(data)
        if self._is_answering():
            self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop()
        super().connection_lost(exc)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._head = self.loop.call_later(self.head_seconds, self._close)

    def _stop(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _close(self) -> None:
        self._head = None
        if not self._is_answering() and not self.transport.is_closing():
            self.transport.close()
