"""From an expression to a filter: a tokenizer and recursive descent.

either    = both {"or" both}
both      = unit {"and" unit}
unit      = "not" unit | "(" either ")" | ("exists" | "missing") field | field test
test      = operator value | ["not"] "in" "(" value {"," value} ")" | "between" value "and" value
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple, cast

from lsr_index.errors import InputError
from lsr_index.filters import nodes
from lsr_index.filters.nodes import Literal, Node, Operator
from lsr_index.text import well_formed

OPERATORS: Final[dict[str, Operator]] = {
    "=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
}  # fmt: skip
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>-?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)
    |(?P<string>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<backticked>`(?:[^`]|``)*`)
    |(?P<name>NAME)
    |(?P<operator><=|>=|!=|<>|==|=|<|>)
    |(?P<mark>[(),])
    |(?P<end>\Z)
    )""".replace("NAME", nodes.NAME.pattern),
    re.VERBOSE,
)


class _Token(NamedTuple):
    kind: str
    text: str
    position: int
    """Counted from 1."""

    @property
    def keyword(self) -> str:
        """The word in lower case if it is a keyword, a mark as it is, and nothing for all else."""
        word = self.text.lower()
        return word if self.kind == "mark" or (self.kind == "name" and word in nodes.KEYWORDS) else ""

    @property
    def unquoted(self) -> str:
        quote = self.text[0]
        return self.text[1:-1].replace(2 * quote, quote)


def parse(text: str) -> Node:
    """Return the filter that an expression describes.

    Raises:
        InputError: if it is none; the message names the position, counted in characters from 1.
    """
    parser = _Parser(well_formed(text))
    node = parser.either()
    if parser.token.kind != "end":
        raise parser.expected("'and', 'or' or the end")
    return node


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._depth = 0
        self.token = next(self._tokens)

    def either(self) -> Node:
        parts = [self.both()]
        while self._take("or"):
            parts.append(self.both())
        return nodes.any_of(parts)

    def both(self) -> Node:
        parts = [self.unit()]
        while self._take("and"):
            parts.append(self.unit())
        return nodes.all_of(parts)

    def unit(self) -> Node:
        self._depth += 1
        if self._depth > nodes.DEEPEST:
            raise InputError(f"filter: nested more than {nodes.DEEPEST} deep at position {self.token.position}")
        node = self._unit()
        self._depth -= 1
        return node

    def expected(self, what: str, hint: str = "") -> InputError:
        token = self.token
        shown = token.text if len(token.text) <= 40 else token.text[:40] + "…"
        found = "the end" if token.kind == "end" else repr(shown)
        return InputError(f"filter: expected {what} at position {token.position}, found {found}{hint}")

    def _unit(self) -> Node:
        if self._take("not"):
            return nodes.Not(self.unit())
        if self._take("("):
            node = self.either()
            self._need(")", "'and', 'or' or ')'")
            return node
        if self._take("exists"):
            return nodes.Exists(self._field())
        if self._take("missing"):
            return nodes.Not(nodes.Exists(self._field()))
        return self._test(self._field())

    def _test(self, field: str) -> Node:
        if self.token.kind == "operator":
            operator = OPERATORS[self._next().text]
            return nodes.Compare(field, operator, self._value())
        if self._take("between"):
            low = self._value()
            self._need("and", "'and'")
            return nodes.Between(field, low, self._value())
        negated = self._take("not")
        self._need("in", "'in'" if negated else "a comparison (=, !=, <, <=, >, >=, in, not in, between)")
        self._need("(", "'('")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._need(")", "',' or ')'")
        return nodes.In(field, tuple(values), negated)

    def _field(self) -> str:
        if self.token.kind in {"backticked", "quoted"}:
            return self._next().unquoted
        if self.token.kind == "name" and not self.token.keyword:
            return self._next().text
        quotable = self.token.kind == "string" or self.token.keyword.isalpha()
        raise self.expected("a field", "; put such a name into backticks: `my field`" if quotable else "")

    def _value(self) -> Literal:
        kind, text, _ = self.token
        if kind in {"string", "quoted"}:
            return self._next().unquoted
        if kind == "number":
            return self._number()
        if self.token.keyword in {"true", "false"}:
            return self._next().keyword == "true"
        hint = "; ask for documents without a value by: missing FIELD" if self.token.keyword == "null" else ""
        if kind == "name" and not self.token.keyword:
            hint = f"; put strings into quotes: '{text[:40]}'"
        raise self.expected("a value", hint)

    def _number(self) -> Literal:
        text = self.token.text
        whole = text.lstrip("-").isdecimal()
        # (Python refuses to read whole numbers of more than some thousand digits.)
        value = nodes.checked_number(int(text) if whole and len(text) < 400 else float(text))
        self._next()
        return value

    def _next(self) -> _Token:
        token, self.token = self.token, next(self._tokens)
        return token

    def _take(self, keyword: str) -> bool:
        if self.token.keyword != keyword:
            return False
        self._next()
        return True

    def _need(self, keyword: str, what: str) -> None:
        if not self._take(keyword):
            raise self.expected(what)


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while match := _TOKEN.match(text, position):
        kind = cast(str, match.lastgroup)
        yield _Token(kind, match[kind], match.start(kind) + 1)
        position = match.end()
    position += len(text[position:]) - len(text[position:].lstrip())
    found = text[position]
    if found in "'\"`":
        raise InputError(f"filter: the quote {found} at position {position + 1} is not closed")
    raise InputError(f"filter: the character {found!r} at position {position + 1} means nothing here")
