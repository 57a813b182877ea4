"""Which words of a stored text match a query, and the pieces of the text that show most of them.

A word matches when it is made of terms that the query weighs: its stem, or its first token. Further tokens of a word
("##s") say little and count only together with all the others. Expansions count like the query's own words: they are
why the document was found.
"""

import re
from collections.abc import Mapping, Sequence

from scipy.sparse import csr_array

from lsr.encoders.base import SparseEncoder
from lsr.retriever import Hit
from lsr_index.vectors import row_terms
from lsr_service.asked import Fragment

WORD = re.compile(r"\w+")
READ = 20_000
"""Characters of a text that are looked at."""
WORDS = 30
"""Of a fragment."""
FRAGMENTS = 2
"""Of a text, at most."""


class Highlighter:
    """Mark matches of one query.

    Args:
        encoder: Says which terms words are made of.
        row: The encoded query, shape (1, V).
    """

    def __init__(self, encoder: SparseEncoder, row: csr_array) -> None:
        self._encoder = encoder
        ids, weights = row_terms(row, 0)
        self._weights = dict(zip(ids.tolist(), weights.tolist(), strict=True))
        self._known: dict[str, float] = {}

    def mark(self, hits: Sequence[Hit]) -> list[Mapping[str, list[Fragment]]]:
        """Return fragments of each hit by field; fields without a match are left out."""
        texts = [{"title": hit.title, "text": hit.text} for hit in hits]
        self._learn([value for each in texts for value in each.values()])
        marked = [{name: self._fragments(value) for name, value in each.items()} for each in texts]
        return [{name: fragments for name, fragments in each.items() if fragments} for each in marked]

    def _learn(self, texts: Sequence[str]) -> None:
        words = {word for text in texts for word in WORD.findall(text[:READ])} - self._known.keys()
        fresh = sorted(words)
        for word, terms in zip(fresh, self._encoder.terms_of_words(fresh), strict=True):
            self._known[word] = self._weight(terms)

    def _weight(self, terms: Sequence[int]) -> float:
        weights = [self._weights.get(term, 0.0) for term in terms]
        return sum(weights) if weights and weights[0] else 0.0

    def _fragments(self, text: str) -> list[Fragment]:
        words = list(WORD.finditer(text, 0, min(len(text), READ)))
        weights = [self._known[word[0]] for word in words]
        taken: list[range] = []
        for _ in range(FRAGMENTS):
            best = self._best(words, weights, taken)
            if best is None:
                break
            taken.append(best)
        return [self._cut(text, words, weights, each) for each in sorted(taken, key=lambda each: each.start)]

    def _best(self, words: Sequence[re.Match[str]], weights: Sequence[float], taken: Sequence[range]) -> range | None:
        # The window whose different matching words weigh most, the earliest of equals.
        best, most = None, 0.0
        for place, weight in enumerate(weights):
            if not weight or any(place in each for each in taken):
                continue
            first = max([0, place - WORDS // 6, *(each.stop for each in taken if each.stop <= place)])
            stop = min([len(words), first + WORDS, *(each.start for each in taken if each.start > place)])
            different = {words[n][0].lower(): weights[n] for n in range(first, stop)}
            total = sum(different.values())
            if total > most:
                best, most = range(first, stop), total
        return best

    def _cut(self, text: str, words: Sequence[re.Match[str]], weights: Sequence[float], window: range) -> Fragment:
        begin = 0 if window.start == 0 else words[window.start].start()
        end = len(text) if window.stop == len(words) and len(text) <= READ else words[window.stop - 1].end()
        marks = [(words[n].start() - begin, words[n].end() - begin) for n in window if weights[n]]
        return Fragment(text[begin:end], begin, marks)
