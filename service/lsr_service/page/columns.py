"""A column of the page: what one index answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lsr.retriever import Hit
from lsr_index.errors import InputError, LsrError
from lsr_service import searching
from lsr_service.asked import Asked as Wanted
from lsr_service.engine import Engine
from lsr_service.page.asked import Asked
from lsr_service.page.words import Split, splitter
from lsr_service.problems import ProblemError


@dataclass(frozen=True)
class Column:
    """One index and what it found."""

    name: str
    model: str | None = None
    documents: int = 0
    hits: Sequence[Hit] = ()
    more: bool = False
    """Whether there are hits behind these."""
    partial: bool = False
    """Whether the time ran out."""
    terms: Mapping[str, float] = field(default_factory=dict)
    """The encoded query, heaviest first."""
    split: Split | None = None
    """From words to the terms of this index; None where nothing was searched."""
    timings: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds of "encode", "search" and other stages."""
    problem: str = ""
    """Why there is no answer."""
    again: bool = False
    """Whether it is worth asking again in a moment."""
    filter_problem: str = ""
    """The same, where the filter is to blame."""


async def search(engines: Mapping[str, Engine], name: str, asked: Asked, most: int) -> Column:
    """Ask one index for what an address asks for.

    Args:
        engines: The server's indexes.
        name: Which of them.
        asked: The query and its page.
        most: The last rank that may be asked for.
    """
    engine = engines.get(name)
    if engine is None:
        return Column(name, problem="There is no index of this name on this server; choose another.")
    about = Column(name, engine.model, len(engine.index))
    try:
        engine.check_ready()
        if not asked.query or "filter" in asked.problems:
            return about
        return await _search(engine, about, asked, most)
    except InputError as error:
        # The query is a text of an allowed length: what an index can refuse is the filter, or any text at all.
        if asked.filter and engine.model is not None:
            return replace(about, filter_problem=str(error).removeprefix("filter: "))
        return replace(about, problem=str(error))
    except ProblemError as error:
        return replace(about, problem=str(error), again="Retry-After" in (error.headers or {}))
    except LsrError as error:
        return replace(about, problem=str(error))


async def _search(engine: Engine, about: Column, asked: Asked, most: int) -> Column:
    # One hit more than is shown tells whether there is a next page.
    size = min(asked.size + 1, most - asked.start)
    encoder = engine.retriever.encoder
    wanted = Wanted(asked.query, asked.start, size, asked.filter or None, explain=True)
    found = await searching.search(engine, wanted)
    return replace(
        about,
        hits=found.hits[: asked.size],
        more=len(found.hits) > asked.size,
        partial=found.partial,
        terms=dict(found.tokens),
        split=splitter(encoder),
        timings=found.timings,
    )
