"""What helps to ask an index: words of its own to begin with, and what its documents can be filtered on."""

import re
from weakref import WeakKeyDictionary

from lsr_index.index import SparseIndex

EXAMPLES = 6
LOOKED_AT = 60
"""Documents among which examples are looked for."""
WORDS = range(3, 13)
"""Words of an example."""
SENTENCE_END = re.compile(r"[.:;!?](\s|$)|\n\s*\n")
PLAIN = re.compile(r"[\w\s,'-]+")
# Neither changes while a generation is open, and looking decodes stored documents.
_examples: WeakKeyDictionary[SparseIndex, list[str]] = WeakKeyDictionary()


def examples(index: SparseIndex) -> list[str]:
    """Return first sentences of some documents, spread over the index, those that read like a query."""
    if index not in _examples:
        _examples[index] = _look(index)
    return _examples[index]


def fields(index: SparseIndex) -> dict[str, str]:
    """Return the names of fields that filters can use, and what they hold."""
    return {name: kind for segment in index.segments for name, kind in segment.fields.types.items()}


def _look(index: SparseIndex) -> list[str]:
    found: list[str] = []
    documents = index.segments.documents
    for number in range(0, documents, max(1, documents // LOOKED_AT)):
        segment, inside = index.segments.locate(number)
        if segment.deleted is not None and segment.deleted[inside]:
            continue
        document = index.fetch([number])[0]
        sentence = " ".join(SENTENCE_END.split(document.text.strip(), maxsplit=1)[0].split())
        if len(sentence.split()) in WORDS and PLAIN.fullmatch(sentence) and sentence not in found:
            found.append(sentence)
    step = max(1, len(found) // EXAMPLES)
    return found[::step][:EXAMPLES]
