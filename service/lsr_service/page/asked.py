"""What an address of the page asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from lsr_index.errors import InputError
from lsr_index.filters import Filter
from lsr_index.text import well_formed
from lsr_service.settings import Settings

SIZES = (10, 20, 50)
"""Numbers of hits that the page offers."""


@dataclass(frozen=True)
class Asked:
    """One state of the page: everything that stands in its address."""

    query: str = ""
    filter: str = ""
    a: str = ""
    """The index of the first column; empty for the server's first."""
    b: str = ""
    """The index beside it; empty for none."""
    start: int = 0
    size: int = SIZES[0]
    problems: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with a field, by the name that it has in the address."""

    def address(self, start: int | None = None) -> str:
        """Return the address of this state, or of another of its pages; what is as usual is left out."""
        state = self if start is None else replace(self, start=start)
        given: dict[str, str | int] = {"q": state.query, "filter": state.filter, "a": state.a, "b": state.b}
        if state.size != SIZES[0]:
            given["size"] = state.size
        if state.start:
            given["from"] = state.start
        parts = urlencode({name: value for name, value in given.items() if value})
        return f"/?{parts}" if parts else "/"


def read(parameters: Mapping[str, str], settings: Settings) -> Asked:
    """Read an address; what cannot be used is replaced by what is usual and named in `problems`."""
    problems: dict[str, str] = {}
    query = well_formed(parameters.get("q", "")).strip()
    if len(query) > settings.max_query_characters:
        problems["q"] = f"This has {len(query):,} characters; at most {settings.max_query_characters:,} are searched."
        query = query[: settings.max_query_characters]
    wanted = well_formed(parameters.get("filter", "")).strip()
    try:
        if wanted:
            Filter.parse(wanted)
    except InputError as error:
        problems["filter"] = str(error).removeprefix("filter: ")
    size = _number(parameters, "size", min(SIZES[0], settings.max_k), 1, settings.max_k, problems)
    start = _number(parameters, "from", 0, 0, settings.max_k - size, problems)
    a, b = (well_formed(parameters.get(side, "")) for side in "ab")
    return Asked(query, wanted, a, b, start, size, problems)


def _number(
    parameters: Mapping[str, str], name: str, usual: int, least: int, most: int, problems: dict[str, str]
) -> int:
    given = parameters.get(name, "")
    if not given:
        return usual
    if given.isascii() and given.isdigit() and len(given) < 10 and least <= int(given) <= most:
        return int(given)
    problems[name] = f"{name} is {given[:20]!r}; it must be a number from {least} to {most:,}."
    return usual
