"""Which key may do what: one table, and whatever is not in it is for administrators."""

import re

from lsr_service.keys import Scope

INDEX = r"/v1/indexes/[^/]+"
OPEN = None
"""For everybody: says nothing about what is indexed."""
TABLE: list[tuple[set[str], str, Scope | None]] = [
    ({"GET"}, r"/healthz|/readyz", OPEN),
    ({"GET"}, r"/", OPEN),  # which names no index and searches nothing without a key
    ({"GET"}, r"/openapi\.json|/docs|/static/.+|/favicon\.ico", OPEN),
    ({"GET"}, r"/metrics", Scope.read),
    ({"GET", "POST"}, r"/v1/search", Scope.read),
    ({"POST"}, r"/v1/(encode|msearch)", Scope.read),
    ({"GET"}, r"/v1/indexes", Scope.read),
    ({"GET"}, INDEX, Scope.read),
    ({"PUT", "DELETE"}, INDEX, Scope.admin),
    ({"GET", "POST"}, INDEX + r"/search", Scope.read),
    ({"POST"}, INDEX + r"/(encode|explain)", Scope.read),
    ({"POST"}, INDEX + r"/documents", Scope.write),
    ({"GET"}, INDEX + r"/documents/.+", Scope.read),
    ({"PUT", "DELETE"}, INDEX + r"/documents/.+", Scope.write),
]
"""Methods, the whole path as a pattern, and what it needs; HEAD is as GET."""
_COMPILED = [(methods, re.compile(pattern, re.DOTALL), scope) for methods, pattern, scope in TABLE]


def is_listed(method: str, path: str) -> bool:
    """Tell whether the table has a request."""
    return any(_fits(methods, pattern, method, path) for methods, pattern, _ in _COMPILED)


def needed(method: str, path: str) -> Scope | None:
    """Return the least scope that a request needs; None where it needs no key."""
    for methods, pattern, scope in _COMPILED:
        if _fits(methods, pattern, method, path):
            return scope
    return Scope.admin


def _fits(methods: set[str], pattern: re.Pattern[str], method: str, path: str) -> bool:
    return ("GET" if method == "HEAD" else method) in methods and pattern.fullmatch(path) is not None
