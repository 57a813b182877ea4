"""`Filter`: which documents a search may return."""

import numpy as np
from numpy.typing import NDArray

from lsr_index.fields import FieldsReader
from lsr_index.filters import json_form, masks, nodes, parser


class Filter:
    """A condition on documents' stored fields.

    Filters are equal when their canonical expressions, `str(filter)`, are. Join them with `&`, `|` and `~`.

    recent = Filter.parse("year >= 2020 and lang in ('en', 'de')")
    recent & ~Filter.parse("draft = true")
    """

    def __init__(self, node: nodes.Node) -> None:
        self.node = node
        self._text = str(node)

    @classmethod
    def parse(cls, text: str) -> "Filter":
        """Read an expression; `lsr_index.filters` describes the language.

        Raises:
            InputError: if it is malformed; the message names the position and what was expected there.
        """
        return cls(parser.parse(text))

    @classmethod
    def from_json(cls, value: object) -> "Filter":
        """Read an object such as `{"year": {">=": 2020}}`, or an expression; `json_form` describes them.

        Args:
            value: Decoded JSON.

        Raises:
            InputError: if it is malformed.
        """
        return cls(json_form.read(value))

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields that it asks for."""
        return nodes.fields(self.node)

    def mask(self, columns: FieldsReader) -> NDArray[np.bool_]:
        """Return for each document number of a segment whether the document passes, shape (N,).

        Raises:
            InputError: if a field cannot be filtered on, or holds another type than it is compared with.
        """
        return masks.evaluate(self.node, columns)

    def __and__(self, other: "Filter") -> "Filter":
        return Filter(nodes.all_of([self.node, other.node]))

    def __or__(self, other: "Filter") -> "Filter":
        return Filter(nodes.any_of([self.node, other.node]))

    def __invert__(self) -> "Filter":
        return Filter(nodes.Not(self.node))

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Filter.parse({self._text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Filter) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)
