"""Whether a request may be made: by its key, before anything of it is read."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from lsr_service import access, problems
from lsr_service.key_ring import KeyRing

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="lsr"'}


class Guard:
    """ASGI middleware: requests without a key that reaches far enough are answered with 401 or 403.

    Args:
        app: The application inside; `state["key"]` is the key's id for it, or None.
        ring: The keys; None lets everybody do everything.
    """

    def __init__(self, app: ASGIApp, ring: KeyRing | None) -> None:
        self.app, self.ring = app, ring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or self.ring is None:
            await self.app(scope, receive, send)
            return
        request_id: str = scope["state"]["request_id"]
        needed = access.needed(scope["method"], scope["path"])
        secret = _secret(Headers(scope=scope))
        key = None if secret is None else self.ring.find(secret)
        scope["state"]["key"] = key and key.id
        if needed is None or (key is not None and key.scope >= needed):
            await self.app(scope, receive, send)
            return
        if key is not None:
            detail = f"this key may {key.scope.name}, not {needed.name}; use one of scope {needed.name}"
            answer = problems.answer(403, detail, request_id)
        else:
            wrong = "the key is unknown or was revoked" if secret is not None else "there is no key"
            detail = f"{wrong}; send one as Authorization: Bearer KEY, or as X-API-Key: KEY"
            answer = problems.answer(401, detail, request_id, headers=CHALLENGE)
        await answer(scope, receive, send)


def _secret(headers: Headers) -> str | None:
    kind, _, value = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and value.strip():
        return value.strip()
    return headers.get("x-api-key") or None
