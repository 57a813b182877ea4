"""From JSON to a filter, for programs and HTTP.

    {"year": 2020}                                     year = 2020
    {"lang": ["en", "de"]}                             lang in ('en', 'de')
    {"year": {">=": 2020, "<": 2024}}                  year >= 2020 and year < 2024
    {"lang": {"not in": ["en"]}, "n": {"between": [1, 3]}}   lang not in ('en') and n between 1 and 3
    {"exists": "year"}   {"missing": "year"}           exists year   not exists year
    {"and": [F, F]}   {"or": [F, F]}   {"not": F}      F and F   F or F   not F

Several members of an object must all hold. A string stands for the expression it holds, wherever an object may stand;
so a field that is called like a word of the language can be asked for: {"and": ["`not` = 1", {"year": 2020}]}.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lsr_index.errors import InputError
from lsr_index.filters import nodes
from lsr_index.filters.nodes import Literal, Node
from lsr_index.filters.parser import OPERATORS, parse
from lsr_index.text import well_formed

_JOINTS: Mapping[str, Callable[[list[Node]], Node]] = {"and": nodes.all_of, "or": nodes.any_of}


def read(value: object, depth: int = 0) -> Node:
    """Return the filter that a JSON value describes.

    Raises:
        InputError: if it is none.
    """
    if isinstance(value, str):
        return parse(value)
    if not isinstance(value, Mapping) or not value:
        raise InputError(f"filter: expected an object or an expression, found {_shown(value)}")
    if depth == nodes.DEEPEST:
        raise InputError(f"filter: nested more than {nodes.DEEPEST} deep")
    return nodes.all_of([_member(well_formed(str(name)), part, depth + 1) for name, part in value.items()])


def _member(name: str, value: Any, depth: int) -> Node:
    if name in _JOINTS:
        if not _is_list(value) or not value:
            raise InputError(f"filter: {name!r} takes a list of filters, found {_shown(value)}")
        return _JOINTS[name]([read(part, depth) for part in value])
    if name == "not":
        return nodes.Not(read(value, depth))
    if name in {"exists", "missing"}:
        if not isinstance(value, str):
            raise InputError(f"filter: {name!r} takes the name of a field, found {_shown(value)}")
        node = nodes.Exists(well_formed(value))
        return node if name == "exists" else nodes.Not(node)
    if isinstance(value, Mapping):
        if not value:
            raise InputError(f"filter: {name!r} has an empty object; compare it: {{{name!r}: {{'>=': 1}}}}")
        return nodes.all_of([_test(name, str(operator), operand) for operator, operand in value.items()])
    return _test(name, "in" if _is_list(value) else "=", value)


def _test(field: str, operator: str, operand: Any) -> Node:
    if operator in OPERATORS:
        return nodes.Compare(field, OPERATORS[operator], _value(field, operand))
    if operator not in {"in", "not in", "between"}:
        known = ", ".join([*OPERATORS, "in", "not in", "between"])
        raise InputError(f"filter: {field!r} has the unknown operator {operator!r}; choose one of {known}")
    if not _is_list(operand) or not operand:
        raise InputError(f"filter: {operator!r} of {field!r} takes a list of values, found {_shown(operand)}")
    values = tuple(_value(field, value) for value in operand)
    if operator != "between":
        return nodes.In(field, values, negated=operator == "not in")
    if len(values) != 2:
        raise InputError(f"filter: 'between' of {field!r} takes two values, found {_shown(operand)}")
    return nodes.Between(field, *values)


def _value(field: str, value: Any) -> Literal:
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, (bool, int, float)):
        return nodes.checked_number(value)
    hint = f'; ask for documents without a value by {{"missing": "{field}"}}' if value is None else ""
    raise InputError(f"filter: {field!r} is compared with {_shown(value)}, not a string, number or boolean{hint}")


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "…"
