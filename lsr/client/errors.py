"""What can go wrong between a client and a service."""

from collections.abc import Mapping
from typing import Any

from lsr_index.errors import LsrError


class ServiceUnreachableError(LsrError):
    """There was no answer: nothing listens, the connection broke, or the time ran out."""


class ServiceError(LsrError):
    """The service refused or failed; the message is its own line.

    Args:
        status: Of HTTP.
        problem: The answer's problem+json, empty where it was none.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.detail = str(problem.get("detail") or problem.get("title") or "no reason was given")
        self.request_id: str | None = problem.get("request_id")
        """Under which the service's log has more."""
        self.errors: list[Mapping[str, Any]] = list(problem.get("errors") or ())
        """Which parts of the request are to blame: `{"loc", "msg"}`."""
        super().__init__(f"{status}: {self.detail}")
