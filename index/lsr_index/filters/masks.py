"""From a filter and the columns of a segment to the documents that pass; no Python loop over documents.

A test becomes a condition on values: membership in a set, or a range. What `!=` and `not in` accept are the documents
that have the field and fail the opposite, so that a list passes `!=` when none of its values is equal.
"""

import math
from collections.abc import Callable
from functools import reduce
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lsr_index.errors import InputError
from lsr_index.field_types import describe, element
from lsr_index.fields import FieldsReader
from lsr_index.filters.nodes import And, Between, Compare, Exists, In, Literal, Node, Not, Or, Test, literal_text

Mask: TypeAlias = NDArray[np.bool_]
Condition: TypeAlias = Callable[[pa.Array], pa.BooleanArray]
INT64 = np.iinfo(np.int64)
_PYTHON: dict[pa.DataType, type | tuple[type, ...]] = {
    pa.bool_(): bool,
    pa.int64(): (int, float),
    pa.float64(): (int, float),
    pa.string(): str,
    pa.large_string(): str,
}


class _Bound(NamedTuple):
    value: Any
    included: bool


def evaluate(node: Node, columns: FieldsReader) -> Mask:
    """Return for each document number whether the document passes.

    Raises:
        InputError: if a field cannot be filtered on, or its values cannot be compared with those of the filter.
    """
    match node:
        case And(parts):
            return reduce(np.bitwise_and, (evaluate(part, columns) for part in parts))
        case Or(parts):
            return reduce(np.bitwise_or, (evaluate(part, columns) for part in parts))
        case Not(part):
            return ~evaluate(part, columns)
        case Exists(field):
            return _present(columns.column(field), len(columns))
        case _:
            return _tested(node, columns)


def _tested(test: Test, columns: FieldsReader) -> Mask:
    column = columns.column(test.field)
    out = np.zeros(len(columns), dtype=np.bool_)
    if column is None:
        return out
    condition = _condition(test, element(column.type))
    start = 0
    for chunk in column.chunks:
        part = out[start : start + len(chunk)]
        start += len(chunk)
        if pa.types.is_list(column.type):
            part[_array(chunk.value_parent_indices())[_accepted(condition, chunk.flatten())]] = True
        else:
            part[:] = _accepted(condition, chunk)
    opposite = (isinstance(test, Compare) and test.operator == "!=") or (isinstance(test, In) and test.negated)
    return _present(column, len(columns)) & ~out if opposite else out


def _present(column: pa.ChunkedArray | None, count: int) -> Mask:
    return np.zeros(count, dtype=np.bool_) if column is None else _array(column.is_valid())


def _accepted(condition: Condition, values: pa.Array) -> Mask:
    return _array(pc.fill_null(condition(values), False))


def _array(values: Any) -> NDArray[Any]:
    return np.asarray(values.to_numpy(zero_copy_only=False) if isinstance(values, pa.Array) else values.to_numpy())


def _condition(test: Test, kind: pa.DataType) -> Condition:
    """Return what `test` (or the opposite of `!=` and `not in`) asks of values of a type."""
    lower: _Bound | None
    upper: _Bound | None
    match test:
        case In(values=values):
            return _among([_fitting(value, kind, test) for value in values], kind)
        case Between(low=low, high=high):
            lower, upper = _Bound(_fitting(low, kind, test), True), _Bound(_fitting(high, kind, test), True)
        case Compare(operator="=" | "!=", value=value):
            return _among([_fitting(value, kind, test)], kind)
        case Compare(operator=operator, value=value):
            bound = _Bound(_fitting(value, kind, test), "=" in operator)
            lower, upper = (bound, None) if operator.startswith(">") else (None, bound)
    if kind == pa.bool_():
        raise InputError(
            f"filter: {_line(test)}: the field is true or false, which have no order; compare with = or !="
        )
    return _whole_between(lower, upper) if kind == pa.int64() else _between(lower, upper)


def _fitting(value: Literal, kind: pa.DataType, test: Test) -> Any:
    """Return a value of the filter that values of the type can be compared with."""
    if isinstance(value, _PYTHON[kind]) and (not isinstance(value, bool) or kind == pa.bool_()):
        return float(value) + 0.0 if kind == pa.float64() else value  # -0.0 becomes 0.0, as in columns
    raise InputError(f"filter: {_line(test)}: the field holds {describe(kind)}, {_line(literal_text(value))} is none")


def _line(part: object) -> str:
    text = " ".join(str(part).split())
    return text if len(text) <= 80 else text[:80] + "…"


def _among(values: list[Any], kind: pa.DataType) -> Condition:
    if kind == pa.int64():
        values = [int(value) for value in values if value == math.floor(value) and INT64.min <= value <= INT64.max]
    if len(values) == 1:
        return lambda array: pc.equal(array, pa.scalar(values[0], kind))
    chosen = pa.array(values, kind)
    return lambda array: pc.is_in(array, value_set=chosen)


def _between(lower: _Bound | None, upper: _Bound | None) -> Condition:
    def within(array: pa.Array) -> pa.BooleanArray:
        tests = []
        if lower is not None:
            tests.append(
                (pc.greater_equal if lower.included else pc.greater)(array, pa.scalar(lower.value, array.type))
            )
        if upper is not None:
            tests.append((pc.less_equal if upper.included else pc.less)(array, pa.scalar(upper.value, array.type)))
        return tests[0] if len(tests) == 1 else pc.and_(*tests)

    return within


def _whole_between(lower: _Bound | None, upper: _Bound | None) -> Condition:
    """Like `_between` for int64, exactly: Arrow would compare with a fraction by rounding the column to float64."""
    first, last = INT64.min, INT64.max
    if lower is not None:
        first = max(first, math.ceil(lower.value) if lower.included else math.floor(lower.value) + 1)
    if upper is not None:
        last = min(last, math.floor(upper.value) if upper.included else math.ceil(upper.value) - 1)
    if first > last:
        return lambda array: pa.array(np.zeros(len(array), dtype=np.bool_))
    return _between(_Bound(first, True), _Bound(last, True))
