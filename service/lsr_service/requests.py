"""From a search as it was sent to what the engine is asked, with its limits checked."""

from lsr_index.errors import InputError
from lsr_index.filters import Filter
from lsr_index.kernels.limits import NEVER, Limits
from lsr_service.asked import Asked
from lsr_service.problems import ProblemError
from lsr_service.routes.dependencies import check_limit
from lsr_service.schemas import SearchParameters, SearchRequest
from lsr_service.settings import Settings


def asked_by(request: SearchRequest | SearchParameters, settings: Settings) -> Asked:
    """Return what the engine is asked.

    Raises:
        ProblemError: 422 if a limit is exceeded, 400 if the filter is malformed.
    """
    by_url = isinstance(request, SearchParameters)
    where = "query" if by_url else "body"
    query = request.q if isinstance(request, SearchParameters) else request.query
    tokens = None if isinstance(request, SearchParameters) else request.query_tokens
    if query is not None:
        loc = [where, "q" if by_url else "query"]
        check_limit("the query", len(query), settings.max_query_characters, "characters", loc)
    else:
        check_limit("query_tokens", len(tokens or {}), settings.max_query_tokens, "terms", [where, "query_tokens"])
    check_limit("from + size", request.start + request.size, settings.max_k, "ranks", [where, "size"])
    return Asked(
        query if query is not None else tokens or {},
        start=request.start,
        size=request.size,
        filter=_filter(request.filter, where),
        stored=request.fields != [],
        highlight=request.highlight,
        explain=request.explain,
        mode=request.mode,
        limits=_limits(request),
        rescore=None if isinstance(request, SearchParameters) else request.rescore,
        timeout_ms=_timeout(request.timeout_ms, settings),
        generation=request.generation,
    )


def _filter(given: object, where: str) -> Filter | str | None:
    if given is None or isinstance(given, str):
        return given  # parsed, and kept parsed, by the engine
    try:
        return Filter.from_json(given)
    except InputError as error:
        raise ProblemError(400, str(error), errors=[{"loc": [where, "filter"], "msg": str(error)}]) from error


def _limits(request: SearchRequest | SearchParameters) -> Limits | None:
    if request.overestimate is None and request.superblocks is None and request.share is None:
        return None
    if request.mode not in ("safe", "approximate"):
        detail = f"the mode {request.mode} takes no overestimate, superblocks or share; ask for approximate"
        raise ProblemError(422, detail, errors=[{"loc": ["body", "mode"], "msg": detail}])
    return Limits(request.overestimate or 1.0, request.superblocks or NEVER, request.share or 1.0)


def _timeout(given: float | None, settings: Settings) -> float | None:
    return None if given is None or given >= settings.search_timeout_ms else given
