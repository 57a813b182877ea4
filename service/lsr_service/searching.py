"""Asking an index from the event loop: the one way for the API and the page."""

from collections.abc import Mapping
from dataclasses import replace

from lsr.retriever import Retriever, TermScore
from lsr_index.documents import Document
from lsr_index.errors import InputError
from lsr_service import answering
from lsr_service.asked import Asked, Found
from lsr_service.engine import Engine


async def search(engine: Engine, asked: Asked) -> Found:
    """Search an index; encoding, searching and fetching happen in its threads, together with what else waits.

    Raises:
        ProblemError: 429 if too many requests wait, 503 if the index is not loaded, 409 if the generation is not kept.
        InputError: if the query is a text and there is no model, or a filter or a limit cannot be used.
    """
    engine.check_ready()
    if isinstance(asked.query, str):
        engine.check_model()
    manifest = engine.index.manifest
    # The engine would refuse these too, with the index's path.
    if asked.mode == "approximate" and asked.limits is None and manifest.tuned is None:
        raise InputError("the index is not tuned for approximate search; give overestimate, superblocks or share")
    if asked.rescore and manifest.exact is None:
        raise InputError("the index keeps no exact weights to rescore with; leave rescore out")
    if asked.generation is not None:
        asked = replace(asked, retriever=await engine.looks.ask(lambda _: engine.version(asked.generation)))
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


async def explain(engine: Engine, document: str, query: str | Mapping[str, float]) -> list[TermScore] | None:
    """Return what each term adds to the score of a document, largest first; None if there is no such document.

    Raises:
        ProblemError: as `search` does.
        InputError: if the query is a text and there is no model.
    """
    engine.check_ready()
    if isinstance(query, str):
        engine.check_model()

    def work(retriever: Retriever) -> list[TermScore] | None:
        number = retriever.index.number(document)
        if number is None:
            return None
        return answering.contributions(retriever, retriever.encode([query]), number)

    found: list[TermScore] | None = await engine.looks.ask(work)
    return found


async def read(engine: Engine, document: str) -> Document | None:
    """Return a stored document as searches see it; None if there is none.

    Raises:
        ProblemError: as `search` does.
    """

    def work(retriever: Retriever) -> Document | None:
        number = retriever.index.number(document)
        return None if number is None else retriever.index.fetch([number])[0]

    found: Document | None = await engine.looks.ask(work)
    return found
