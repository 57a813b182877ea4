"""What a filter is made of. Nodes are immutable; `str` gives the expression that parses to the same filter."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Literal as Choice
from typing import TypeAlias

from lsr_index.errors import InputError

Literal: TypeAlias = bool | int | float | str
Operator: TypeAlias = Choice["=", "!=", "<", "<=", ">", ">="]

NAME = re.compile(r"[^\W\d][\w-]*(?:\.[\w-]+)*")
"""A field name that needs no quotes, unless it is one of `KEYWORDS`."""
KEYWORDS = frozenset({"and", "or", "not", "in", "between", "exists", "missing", "true", "false", "null"})
DEEPEST = 50
"""Levels of nesting, so that no filter exhausts the stack."""


@dataclass(frozen=True)
class Compare:
    """`year >= 2020`."""

    field: str
    operator: Operator
    value: Literal

    def __str__(self) -> str:
        return f"{name_text(self.field)} {self.operator} {literal_text(self.value)}"


@dataclass(frozen=True)
class In:
    """`lang in ('en', 'de')`, or with `not in`."""

    field: str
    values: tuple[Literal, ...]
    negated: bool = False

    def __str__(self) -> str:
        values = ", ".join(map(literal_text, self.values))
        return f"{name_text(self.field)} {'not in' if self.negated else 'in'} ({values})"


@dataclass(frozen=True)
class Between:
    """`year between 2000 and 2010`, both ends included."""

    field: str
    low: Literal
    high: Literal

    def __str__(self) -> str:
        return f"{name_text(self.field)} between {literal_text(self.low)} and {literal_text(self.high)}"


@dataclass(frozen=True)
class Exists:
    """`exists year`."""

    field: str

    def __str__(self) -> str:
        return f"exists {name_text(self.field)}"


@dataclass(frozen=True)
class Not:
    """`not draft = true`."""

    part: "Node"

    def __str__(self) -> str:
        return f"not ({self.part})" if isinstance(self.part, (And, Or)) else f"not {self.part}"


@dataclass(frozen=True)
class And:
    """All of two or more parts, none of them an `And`."""

    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " and ".join(f"({part})" if isinstance(part, Or) else str(part) for part in self.parts)


@dataclass(frozen=True)
class Or:
    """Any of two or more parts, none of them an `Or`."""

    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.parts))


Test: TypeAlias = Compare | In | Between
Node: TypeAlias = Test | Exists | Not | And | Or


def all_of(parts: Iterable[Node]) -> Node:
    """Join one or more parts by `and`."""
    flat = tuple(chain.from_iterable(part.parts if isinstance(part, And) else (part,) for part in parts))
    return flat[0] if len(flat) == 1 else And(flat)


def any_of(parts: Iterable[Node]) -> Node:
    """Join one or more parts by `or`."""
    flat = tuple(chain.from_iterable(part.parts if isinstance(part, Or) else (part,) for part in parts))
    return flat[0] if len(flat) == 1 else Or(flat)


def fields(node: Node) -> frozenset[str]:
    """Return the names of the fields that a filter asks for."""
    if isinstance(node, Not):
        return fields(node.part)
    if isinstance(node, (And, Or)):
        return frozenset().union(*map(fields, node.parts))
    return frozenset({node.field})


def checked_number(value: float) -> float:
    """Refuse numbers that no column can hold.

    Raises:
        InputError: if it is not a number, or beyond the range of float64.
    """
    try:
        if math.isfinite(value):
            return value
    except OverflowError:
        pass
    raise InputError("filter: a number is beyond the range of float64; numbers must be finite")


def name_text(name: str) -> str:
    """Return a field name as it stands in an expression."""
    if NAME.fullmatch(name) and name.lower() not in KEYWORDS:
        return name
    return "`" + name.replace("`", "``") + "`"


def literal_text(value: Literal) -> str:
    """Return a value as it stands in an expression."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)
