"""How long work tells how far it is, without knowing who listens."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

Progress: TypeAlias = Callable[[int], None]
"""Called with how much was done since the last call."""
Bars: TypeAlias = Callable[[str, int | None], AbstractContextManager[Progress]]
"""`bars(label, total)` opens a bar for one stretch of work; None where nobody knows how much it is."""


@contextmanager
def silent(label: str, total: int | None) -> Iterator[Progress]:
    """Show nothing."""
    yield lambda _: None
