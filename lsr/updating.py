"""Further documents for an index that stands: encoded as its own were, logged batch by batch."""

from collections.abc import Iterable

from lsr.encoders.base import Progress, SparseEncoder, batched
from lsr.indexing import BATCH
from lsr_index.documents import Document
from lsr_index.writer import IndexWriter


def add_documents(
    writer: IndexWriter, documents: Iterable[Document], encoder: SparseEncoder, *, progress: Progress | None = None
) -> int:
    """Encode and add documents, in bounded memory; one whose id exists replaces it. They are pending then.

    What an encoder learned from the first corpus stays as it was: BM25's vocabulary, idf and average length,
    inference-free query weights. Index anew when the new documents are of another kind.

    Args:
        writer: Of the index.
        documents: Read once.
        encoder: The index's own, or one with the same vocabulary.
        progress: Called with the number of documents encoded since the last call.

    Returns:
        How many documents there were.

    Raises:
        VocabularyMismatchError: if the encoder has another vocabulary than the index.
        InputError: if an id is empty or fields cannot be stored.
    """
    writer.index.check_vocabulary(encoder.vocabulary, encoder.name)
    count = 0
    for batch in batched(documents, BATCH):
        rows = encoder.encode_documents([document.contents for document in batch], progress=progress)
        writer.add([document.id for document in batch], rows, batch)
        count += len(batch)
    return count
