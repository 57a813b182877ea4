"""Which point a user asks for: one by name, or the fastest that keeps a quality."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lsr_eval.tradeoff.points import Point
from lsr_eval.tradeoff.settings import WHOLE, Setting
from lsr_index.errors import InputError

AT_LEAST = re.compile(r"\s*(?P<measure>\S+?)\s*>=\s*(?P<value>\d*\.?\d+)(?P<percent>%?)\s*")


@dataclass(frozen=True)
class Choice:
    """What was asked for: the point `name`, or else at least so much of a measure."""

    text: str
    """As it was given."""
    name: str | None = None
    measure: str = ""
    least: float = 0.0
    relative: bool = False
    """Whether `least` is a share of what whole vectors reach."""

    def pick(self, points: Sequence[Point]) -> Point:
        """Return the point of that name, or the fastest that has enough; of equally fast ones the smallest.

        Args:
            points: Of a sweep, the whole vectors' among them.

        Raises:
            InputError: if none has enough.
        """
        if self.name is not None:
            return next(point for point in points if point.name == self.name)
        whole = next(point for point in points if point.setting == WHOLE)
        least = self.least * whole.measures[self.measure] if self.relative else self.least
        enough = [point for point in points if point.measures[self.measure] >= least]
        if not enough:
            best = max(point.measures[self.measure] for point in points)
            raise InputError(f"no point has {self.text}; the most that any has is {best:.4f}: ask for less")
        return min(enough, key=lambda point: (point.ratio, point.bytes, point.name))


def parse(text: str, settings: Sequence[Setting], measures: Sequence[str]) -> Choice:
    """Read `nDCG@10>=0.64`, `nDCG@10>=99%` (of whole vectors') or a setting's name.

    Args:
        text: What the user wrote.
        settings: Those of the sweep.
        measures: Names of what is measured.

    Raises:
        InputError: if it is none of these.
    """
    found = AT_LEAST.fullmatch(text)
    if found is None:
        names = [one.name for one in settings]
        if text not in names:
            raise InputError(
                f"there is no point {text!r} to choose: name one of {', '.join(names)}, or write {measures[0]}>=0.5"
            )
        return Choice(text, text)
    if found["measure"] not in measures:
        raise InputError(
            f"{text!r} asks for {found['measure']}, which is not measured; there are {', '.join(measures)}"
        )
    percent = bool(found["percent"])
    return Choice(text, None, found["measure"], float(found["value"]) / (100 if percent else 1), percent)
