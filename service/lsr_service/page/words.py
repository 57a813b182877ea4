"""The words of a text that stand for terms of a query or a document."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from lsr.encoders.base import SparseEncoder

WORD = re.compile(r"\w+|[^\w\s]")
READ = 20_000
"""Characters of a text that are looked at."""

Split = Callable[[Sequence[str]], Sequence[Sequence[str]]]
"""From words to the terms that each is made of."""


@dataclass(frozen=True)
class Word:
    """A word of a text that is made of wanted terms, among others."""

    start: int
    end: int
    terms: frozenset[str]
    """The wanted ones."""
    leads: bool
    """Whether its first term is wanted: further ones ("##s") say little of a word."""


def splitter(encoder: SparseEncoder) -> Split:
    """Return how an encoder's words become terms."""
    terms = encoder.vocabulary.terms
    return lambda words: [[terms[number] for number in numbers] for numbers in encoder.terms_of_words(words)]


def find(text: str, wanted: Collection[str], split: Split) -> list[Word]:
    """Return the words of a text that stand for wanted terms, in order."""
    matches = list(WORD.finditer(text[:READ]))
    distinct = sorted({match.group() for match in matches})
    known = dict(zip(distinct, split(distinct), strict=True))
    found = []
    for match in matches:
        made_of = known[match.group()]
        if terms := frozenset(term for term in made_of if term in wanted):
            found.append(Word(match.start(), match.end(), terms, made_of[0] in wanted))
    return found


def marks(found: Sequence[Word]) -> list[tuple[int, int]]:
    """Return where the words stand that are worth a mark."""
    return [(word.start, word.end) for word in found if word.leads]


def terms(found: Sequence[Word]) -> frozenset[str]:
    """Return all terms that the words are made of."""
    return frozenset[str]().union(*(word.terms for word in found))
