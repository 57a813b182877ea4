"""A segment's stored documents, without vectors."""

from pathlib import Path

from lsr_index.documents import Document, DocumentWriter
from lsr_index.fields import FieldsReader


def store(folder: Path, documents: list[dict]) -> FieldsReader:
    """Write documents d0, d1, … with these fields."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = DocumentWriter(folder)
    writer.add(Document(f"d{n}", "", fields=fields) for n, fields in enumerate(documents))
    writer.close()
    return FieldsReader(folder)
