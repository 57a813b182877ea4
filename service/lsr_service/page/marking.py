"""A text in pieces, those that matched marked; the templates escape each piece, so that no text is ever markup."""

from collections.abc import Sequence
from dataclasses import dataclass

Span = tuple[int, int]
"""Where a word stands in a text: from, to (exclusive), in characters."""
ELLIPSIS = "…"


@dataclass(frozen=True)
class Piece:
    """Some of a text."""

    text: str
    marked: bool = False


def pieces(text: str, spans: Sequence[Span], start: int = 0, end: int | None = None) -> list[Piece]:
    """Cut `text[start:end]` at the edges of what is marked.

    Args:
        text: Any text.
        spans: In order, not overlapping, of the whole text.
        start: Where to begin.
        end: Where to stop; None is the end of the text.
    """
    end = len(text) if end is None else end
    found, at = [], start
    for first, last in spans:
        first, last = max(first, at), min(last, end)
        if first >= last:
            continue
        if first > at:
            found.append(Piece(text[at:first]))
        found.append(Piece(text[first:last], marked=True))
        at = last
    if at < end:
        found.append(Piece(text[at:end]))
    return found


def excerpt(text: str, spans: Sequence[Span], length: int) -> list[Piece]:
    """Return about `length` characters of a text, from where most of its marks stand together."""
    if len(text) <= length:
        return pieces(text, spans)
    start = _densest(text, spans, length)
    # A little of what stands before the first mark makes it readable; the beginning itself reads best.
    start = max(0, start - length // 5)
    start = 0 if start < length // 4 else _word_after(text, start)
    end = min(len(text), start + length)
    end = end if end == len(text) else _word_before(text, end, start)
    found = pieces(text, spans, start, end)
    before = [Piece(ELLIPSIS + " ")] if start else []
    after = [Piece(" " + ELLIPSIS)] if end < len(text) else []
    return [*before, *found, *after]


def _densest(text: str, spans: Sequence[Span], length: int) -> int:
    # Different words say more than one word many times.
    best, most, first = 0, (0, 0), 0
    for last, (_, end) in enumerate(spans):
        while end - spans[first][0] > length * 4 // 5 and first < last:
            first += 1
        inside = spans[first : last + 1]
        count = len({text[begin:stop].lower() for begin, stop in inside}), len(inside)
        if count > most:
            best, most = spans[first][0], count
    return best


def _word_after(text: str, at: int) -> int:
    space = text.find(" ", at, at + 40)
    return at if space < 0 else space + 1


def _word_before(text: str, at: int, least: int) -> int:
    space = text.rfind(" ", max(least, at - 40), at)
    return at if space < 0 else space
