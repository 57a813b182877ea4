"""Terms and their ids, with a fingerprint that tells two vocabularies apart."""

import hashlib
from collections.abc import Iterable
from functools import cached_property

from lsr_index.errors import InputError


class Vocabulary:
    """An ordered list of distinct terms; a term's id is its position.

    Raises:
        InputError: if a term occurs twice.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        self.terms: list[str] = list(terms)
        self._ids: dict[str, int] = {term: number for number, term in enumerate(self.terms)}
        if len(self._ids) != len(self.terms):
            twice = next(term for number, term in enumerate(self.terms) if self._ids[term] != number)
            raise InputError(f"a vocabulary needs distinct terms, {twice!r} occurs twice")

    def __len__(self) -> int:
        return len(self.terms)

    def __contains__(self, term: object) -> bool:
        return term in self._ids

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} terms, fingerprint {self.fingerprint[:12]})"

    def get(self, term: str) -> int | None:
        """Return the id of a term, or None if it is unknown."""
        return self._ids.get(term)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the terms in order, each preceded by its length, as 64 hex digits."""
        digest = hashlib.sha256()
        for term in self.terms:
            data = term.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(4, "little"))
            digest.update(data)
        return digest.hexdigest()
