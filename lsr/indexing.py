"""From a corpus and an encoder to an index: streamed, in bounded memory."""

from collections.abc import Iterable
from pathlib import Path

from lsr.encoders.base import Progress, SparseEncoder, batched
from lsr.encoders.loading import QUERY_SIDE
from lsr_index.builder import IndexBuilder
from lsr_index.documents import Document
from lsr_index.errors import InputError
from lsr_index.index import SparseIndex
from lsr_index.manifest import Exact
from lsr_index.progress import Bars, silent

BATCH = 2048  # documents encoded, and held, at a time


def build_index(
    documents: Iterable[Document],
    encoder: SparseEncoder,
    path: str | Path,
    *,
    overwrite: bool = False,
    order: bool | None = None,
    exact: Exact = None,
    progress: Progress | None = None,
    bars: Bars = silent,
) -> SparseIndex:
    """Encode documents into a new index and open it.

    Args:
        documents: Read once; twice by an encoder that must `fit` first, as BM25, and must be re-iterable then.
        encoder: Makes the vectors; its query side is stored in the index where that can stand alone.
        path: Where the index will stand.
        overwrite: Replace an index that stands there.
        order: Whether similar documents become neighbours; None decides by their number.
        exact: Keep the weights beside their impacts, with 16 or 32 bits each, so that searches can rescore.
        progress: Called with the number of documents encoded since the last call.
        bars: Shows progress of what follows.

    Raises:
        InputError: if there are no documents or an id occurs twice; nothing is written then.
        IndexExistsError: if something stands at `path`.
    """
    seen = encoder.passing()  # where only queries depend on the corpus, one reading is enough
    if seen is None and encoder.needs_corpus:
        encoder.fit(document.contents for document in documents)
    with SparseIndex.create(path, encoder.vocabulary, overwrite=overwrite, order=order, exact=exact) as writer:
        for batch in batched(documents, BATCH):
            texts = [document.contents for document in batch]
            rows = encoder.encode_documents(texts, progress=progress)
            writer.add([document.id for document in batch], rows, batch)
            if seen is not None:
                seen.add(texts)
        if seen is not None:
            encoder.take(seen)
        encoder.save_query_side(writer.folder / QUERY_SIDE)
        writer.encoder = encoder.record()
        return commit(writer, bars)


def create_empty(encoder: SparseEncoder, path: str | Path, *, exact: Exact = None) -> SparseIndex:
    """Make an index without documents, which a writer fills later, and open it.

    Args:
        encoder: Its query side is stored in the index where that can stand alone.
        path: Where the index will stand.
        exact: Keep weights of documents to come with 16 or 32 bits each.

    Raises:
        InputError: if the encoder learns from the corpus, as BM25 does.
        IndexExistsError: if something stands at `path`.
    """
    if encoder.needs_corpus:
        raise InputError(f"{encoder.name} learns its weights from documents; give it some to begin with")
    with SparseIndex.create(path, encoder.vocabulary, exact=exact) as writer:
        encoder.save_query_side(writer.folder / QUERY_SIDE)
        writer.encoder = encoder.record()
        return writer.commit(empty=True)


def commit(writer: IndexBuilder, bars: Bars) -> SparseIndex:
    """Finish an index, with a bar while its documents are ordered."""
    if not writer.will_order:
        return writer.commit()
    with bars("ordering", len(writer)) as progress:
        writer.progress = progress
        return writer.commit()
