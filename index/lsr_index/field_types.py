"""Types of stored fields, found from their values: bool, int64, float64, string, and lists of one of these.

Fields of nested objects get dotted names. Null, NaN and empty lists are missing values. Whole numbers beside fractions
become float64; single values beside lists become lists of one. Values of other mixtures have no type to filter by.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

import pyarrow as pa

from lsr_index.text import well_formed

LONGEST = 1024
"""Characters; longer strings are texts to search in, and uncompressed they would double an index."""

_SCALARS: tuple[tuple[type, pa.DataType, str], ...] = (
    (bool, pa.bool_(), "true or false"),  # before int, of which it is a subclass
    (int, pa.int64(), "whole numbers"),
    (float, pa.float64(), "numbers"),
    (str, pa.string(), "strings"),
    (str, pa.large_string(), "strings"),  # of ids
)


class UnfilterableError(ValueError):
    """Values cannot stand in one column; the message is the predicate of a sentence about their field."""


def flatten(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield `(dotted name, value)` of every field that is not missing, strings well-formed and tuples as lists."""
    waiting: list[tuple[str, Any]] = [(str(name), value) for name, value in fields.items()]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [(f"{name}.{inner}", part) for inner, part in value.items()]
        elif (kept := _present(value)) is not None:
            yield well_formed(name), kept


def array_of(values: Sequence[Any]) -> pa.Array:
    """Return a column of values as `flatten` yields them, None where a document has none.

    Raises:
        UnfilterableError: if no type holds them all.
    """
    kinds = {type(value) for value in values} - {type(None)}
    listed = list in kinds
    if listed:
        rows = [value if value is None or type(value) is list else [value] for value in values]
        flat = [element for row in rows if row is not None for element in row]
        kinds = {type(element) for element in flat}
    else:
        rows = flat = list(values)
    kind = reduce(common, map(_type_of, sorted(kinds, key=str)))
    if kind == pa.string() and any(element is not None and len(element) > LONGEST for element in flat):
        raise UnfilterableError(f"holds texts longer than {LONGEST} characters")
    if kind == pa.int64() and _exceeds(flat):
        kind = pa.float64()
    if kind == pa.float64():
        rows = [_float(row) for row in rows]
    return pa.array(rows, pa.list_(kind) if listed else kind)


def common(first: pa.DataType, second: pa.DataType) -> pa.DataType:
    """Return the type that holds the values of both.

    Raises:
        UnfilterableError: if there is none.
    """
    if pa.types.is_list(first) or pa.types.is_list(second):
        return pa.list_(common(element(first), element(second)))
    if first == second:
        return first
    if {first, second} == {pa.int64(), pa.float64()}:
        return pa.float64()
    raise UnfilterableError("holds both {} and {}".format(*sorted([describe(first), describe(second)])))


def convert(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return a column in a type that `common` gave for its own and others."""
    if pa.types.is_list(kind) and not pa.types.is_list(array.type):
        missing = array.is_null()
        lengths = array.is_valid().cast(pa.int32())
        ends = lengths.to_numpy(zero_copy_only=False).cumsum(dtype="int32")
        offsets = pa.concat_arrays([pa.array([0], pa.int32()), pa.array(ends)])
        array = pa.ListArray.from_arrays(offsets, array.drop_null(), mask=missing)
    return array.cast(kind, safe=False)  # whole numbers beyond 2^53 are rounded, like float literals


def element(kind: pa.DataType) -> pa.DataType:
    """Return the type of a list's elements; other types are their own."""
    return kind.value_type if pa.types.is_list(kind) else kind


def describe(kind: pa.DataType) -> str:
    """Return a type's name in a sentence, "lists of strings"."""
    name = next(name for _, scalar, name in _SCALARS if scalar == element(kind))
    return f"lists of {name}" if pa.types.is_list(kind) else name


def _present(value: Any) -> Any:
    """Return a value as columns hold it, None if it is missing; lists keep what is nested in them."""
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, float):
        return value if value == value else None
    if isinstance(value, (list, tuple)):
        kept = (part if isinstance(part, (list, tuple, Mapping)) else _present(part) for part in value)
        return [part for part in kept if part is not None] or None
    return value


def _type_of(kind: type) -> pa.DataType:
    for scalar, found, _ in _SCALARS:
        if issubclass(kind, scalar):
            return found
    raise UnfilterableError("holds lists or objects inside lists")


def _exceeds(values: Iterable[int | None]) -> bool:
    return any(value is not None and not -(2**63) <= value < 2**63 for value in values)


def _float(value: Any) -> Any:
    if isinstance(value, list):
        return [_float(element) for element in value]
    try:
        return None if value is None else value + 0.0  # -0.0 becomes 0.0, from which Arrow's is_in tells it
    except OverflowError as error:
        raise UnfilterableError("holds numbers beyond the range of float64") from error
