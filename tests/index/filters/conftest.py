"""A segment's stored documents, without vectors."""

from pathlib import Path

from lsr_index.documents import Document, DocumentWriter
from lsr_index.fields import FieldsReader
from lsr_index.manifest import describe_file
from lsr_index.mapping import MappedFile


def store(folder: Path, documents: list[dict]) -> FieldsReader:
    """Write documents d0, d1, … with these fields."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = DocumentWriter(folder)
    writer.add(Document(f"d{n}", "", fields=fields) for n, fields in enumerate(documents))
    writer.close()
    return fields_of(folder)


def fields_of(folder: Path) -> FieldsReader:
    """Read a segment's fields, whatever its files are now."""
    return FieldsReader({path.name: MappedFile(path, describe_file(path)) for path in folder.iterdir()})
