"""What both clients do alike: headers, what is tried again, and what an answer means."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from lsr.client.calls import Call
from lsr.client.errors import ServiceError
from lsr_index.errors import MissingDependencyError

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")
AGAIN = (429, 503)
"""The service is busy or loading; nothing was done."""
LONGEST_WAIT = 30.0


def library() -> Any:
    """Return the HTTP library.

    Raises:
        MissingDependencyError: if it is not installed.
    """
    try:
        import httpx2
    except ModuleNotFoundError as error:
        raise MissingDependencyError("the client needs httpx2: pip install 'lsr[client]'") from error
    return httpx2


def settings(url: str, key: str | None, timeout: float) -> dict[str, Any]:
    """Return what a client of the library is made with."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return {"base_url": url, "headers": headers, "timeout": timeout}


def arguments(call: Call[Any]) -> dict[str, Any]:
    """Return what a request of the library is made with."""
    given: dict[str, Any] = {"method": call.method, "url": call.path}
    if call.refresh:
        given["params"] = {"refresh": "true"}
    if call.content is not None:
        given |= {"content": call.content, "headers": {"Content-Type": "application/x-ndjson"}}
    elif call.body is not None:
        given["json"] = call.body
    return given


def wait(answer: "httpx2.Response", tried: int, retries: int) -> float | None:
    """Return after how many seconds to ask again; None where the answer stands."""
    if answer.status_code not in AGAIN or tried >= retries:
        return None
    try:
        return min(LONGEST_WAIT, float(answer.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None if answer.status_code == 503 else 1.0


def value(call: Call[T], answer: "httpx2.Response") -> T:
    """Read an answer.

    Raises:
        ServiceError: if it is a problem.
    """
    try:
        body = answer.json()
    except ValueError:
        body = {"detail": f"an answer that is not JSON: {answer.text[:200]!r}"}
        raise ServiceError(answer.status_code, body) from None
    if answer.status_code >= 400:
        raise ServiceError(answer.status_code, body if isinstance(body, Mapping) else {})
    return call.read(body)
