"""What is noted of every request: counters, a line in the log, a warning where it was slow.

Keys, queries and documents are in none of them.
"""

import logging
import re
import time

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lsr_service import keys
from lsr_service.metrics import Metrics

access_log = logging.getLogger("lsr_service.access")
slow_log = logging.getLogger("lsr_service.slow")
STAGE = re.compile(r"(\w+);dur=([\d.]+)")


class Observer:
    """ASGI middleware that counts and logs.

    Args:
        app: The application inside.
        metrics: Where it counts.
        slow_ms: Requests that take longer are warned of.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, slow_ms: float) -> None:
        self.app, self.metrics, self.slow_ms = app, metrics, slow_ms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        status, timing = 500, ""

        async def noted(message: Message) -> None:
            nonlocal status, timing
            if message["type"] == "http.response.start":
                status = message["status"]
                timing = Headers(raw=message["headers"]).get("server-timing", "")
            await send(message)

        self.metrics.running.inc()
        try:
            await self.app(scope, receive, noted)
        finally:
            self.metrics.running.dec()
            self._note(scope, status, timing, time.perf_counter() - begun)

    def _note(self, scope: Scope, status: int, timing: str, seconds: float) -> None:
        # The route's pattern, not the path: names of documents would make counters without end.
        route = getattr(scope.get("route"), "path", "") or "other"
        self.metrics.requests.labels(scope["method"], route, str(status)).inc()
        self.metrics.seconds.labels(route).observe(seconds)
        stages = {name: float(spent) for name, spent in STAGE.findall(timing)}
        for name, spent in stages.items():
            self.metrics.stages.labels(name).observe(spent / 1000)
        facts = {
            "request_id": scope["state"]["request_id"],
            "method": scope["method"],
            "path": keys.SHAPE.sub(keys.PREFIX + "…", scope["path"])[:200],
            "status": status,
            "ms": round(1000 * seconds, 3),
            "client": (scope.get("client") or ("?",))[0],
            "key": scope["state"].get("key"),
        }
        line = "%(client)s %(method)s %(path)r %(status)d %(ms).1f ms %(request_id)s"
        access_log.info(line, facts, extra={"facts": facts})
        if 1000 * seconds > self.slow_ms:
            slow = {**facts, "stages": stages}
            slow_log.warning("slow: %(method)s %(path)r took %(ms).1f ms %(stages)s", slow, extra={"facts": slow})
