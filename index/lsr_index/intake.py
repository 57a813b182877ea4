"""What is checked of documents before an index takes them."""

from collections.abc import Sequence

from scipy.sparse import csr_array

from lsr_index import vectors
from lsr_index.documents import Document, fields_json
from lsr_index.errors import InputError


def checked(
    ids: Sequence[str], rows: csr_array, documents: Sequence[Document] | None, size: int, before: int = 0
) -> tuple[csr_array, Sequence[Document]]:
    """Return well-formed vectors, and what to store beside them.

    Args:
        ids: One string each.
        rows: Weights, shape (len(ids), size).
        documents: What to store; None stores just the ids.
        size: The vocabulary's size V.
        before: How many documents came before these, for messages.

    Raises:
        InputError: if numbers of ids, vectors and documents differ, an id is empty or no text, a document has another
            id or fields that JSON cannot hold, or a weight is unusable.
        VocabularyMismatchError: if the vectors have another width.
    """
    rows = vectors.checked(rows, size, "document vectors")
    if rows.shape[0] != len(ids):
        raise InputError(f"{len(ids)} ids came with {rows.shape[0]} vectors")
    for position, document_id in enumerate(ids, before + 1):
        if not document_id or not _is_text(document_id):
            raise InputError(f"document {position} has the id {document_id!r}, which is no text")
    if documents is None:
        return rows, [Document(document_id, "") for document_id in ids]
    if len(documents) != len(ids):
        raise InputError(f"{len(ids)} ids came with {len(documents)} documents")
    for document_id, document in zip(ids, documents, strict=True):
        if document.id != document_id:
            raise InputError(f"the document {document.id!r} came with the id {document_id!r}; they must agree")
        fields_json(document)
    return rows, documents


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:  # lone surrogates
        return False
    return True
