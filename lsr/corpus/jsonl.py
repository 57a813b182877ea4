"""Documents from JSON lines."""

from typing import Any

from lsr_index.documents import Document
from lsr_index.errors import InputError
from lsr_index.exchange import lines

TEXT_KEYS = ("text", "contents")
OTHER_KEYS = {"_id", "id", "docid", "title", *TEXT_KEYS}


def to_document(record: dict[str, Any], where: str) -> Document:
    """Make a document of a JSON object: `_id|id|docid`, `text|contents`, `title` where there is one, and the rest.

    Raises:
        InputError: if the id or the text is missing or of another type; the message starts with `where`.
    """
    document_id = lines.identifier(record, where)
    text = lines.pick(record, TEXT_KEYS, where)
    title = record.get("title") or ""
    if not isinstance(text, str) or not isinstance(title, str):
        raise InputError(f"{where}: text and title must be strings")
    return Document(document_id, text, title, {key: value for key, value in record.items() if key not in OTHER_KEYS})
