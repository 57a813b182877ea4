"""Asking an index from the event loop: the one way for the API and the page."""

from collections.abc import Mapping

from lsr_service.asked import Asked, Found
from lsr_service.engine import Engine


async def search(engine: Engine, asked: Asked) -> Found:
    """Search an index; encoding, searching and fetching happen in its threads, together with what else waits.

    Raises:
        ProblemError: 429 if too many requests wait, 503 if the index is not loaded.
        InputError: if the query is a text and there is no model, or a filter or a limit cannot be used.
    """
    engine.check_ready()
    if isinstance(asked.query, str):
        engine.check_model()
    return await engine.queries.ask(asked)


async def encode(
    engine: Engine, text: str, *, documents: bool = False, top_k: int | None = None
) -> Mapping[str, float]:
    """Return the weights of a text's terms, heaviest first, as a query or as a document.

    Raises:
        ProblemError: as `search` does.
        InputError: if there is no model.
    """
    engine.check_ready()
    engine.check_model()
    return dict((await engine.texts.ask((text, documents)))[:top_k])
