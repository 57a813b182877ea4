"""Names of indexes: short, plain, and never a path."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from lsr_index.errors import InputError

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
RULE = "1 to 64 of a-z, 0-9, '.', '_' and '-', the first a letter or a digit"


def is_name(text: str) -> bool:
    """Tell whether an index may be called so."""
    return NAME.fullmatch(text) is not None


def named(given: Iterable[str | Path]) -> Mapping[str, Path]:
    """Return folders by name, in order; `NAME=FOLDER` gives a name, otherwise the folder's own is taken.

    Raises:
        InputError: if a name cannot be one, or two are alike.
    """
    found: dict[str, Path] = {}
    for each in given:
        name, separator, folder = str(each).partition("=")
        if not separator or not is_name(name):
            name, folder = derived(Path(each)), str(each)
        if name in found:
            raise InputError(f"two indexes are called {name!r}; give one another name: other={folder}")
        found[name] = Path(folder)
    return found


def derived(folder: Path) -> str:
    """Return the name of a folder as an index may have it: lower case, what is not allowed replaced by '-'.

    Raises:
        InputError: if nothing is left of it.
    """
    name = re.sub(r"[^a-z0-9._-]+", "-", folder.resolve().name.lower()).lstrip("._-")[:64]
    if not is_name(name):
        raise InputError(f"the folder {folder} gives no name ({RULE}); give one: name={folder}")
    return name
