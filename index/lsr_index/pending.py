"""Changes that are logged and not yet committed. The documents lie in the log; here is only which of them count."""

from collections.abc import Iterable, Iterator

import numpy as np
from scipy.sparse import csr_array

from lsr_index import changes, log
from lsr_index.documents import Document
from lsr_index.log import Log, Record


class Pending:
    """Which documents of a log are to be indexed, and which committed ones go."""

    def __init__(self) -> None:
        self._adds: dict[str, int] = {}  # id: which added document of the log it is
        self._gone: set[str] = set()
        self._seen = 0

    @property
    def documents(self) -> int:
        """How many documents a commit would add."""
        return len(self._adds)

    @property
    def replaced(self) -> list[str]:
        """Ids whose committed document, if there is one, goes with the commit."""
        return [*self._adds, *self._gone]

    def __len__(self) -> int:
        """How many ids are added, replaced or deleted."""
        return len(self._adds) + len(self._gone)

    def adds(self, document_id: str) -> bool:
        """Tell whether an id was added and not deleted again."""
        return document_id in self._adds

    def deletes(self, document_id: str) -> bool:
        """Tell whether an id was deleted and not added again."""
        return document_id in self._gone

    def add(self, ids: Iterable[str]) -> None:
        """Note added documents, in the order of the log."""
        for document_id in ids:
            self._adds[document_id] = self._seen
            self._gone.discard(document_id)
            self._seen += 1

    def delete(self, ids: Iterable[str]) -> None:
        """Note deleted ids."""
        for document_id in ids:
            self._adds.pop(document_id, None)
            self._gone.add(document_id)

    def apply(self, record: Record) -> None:
        """Note what a record of the log says."""
        if record.kind == log.DELETE:
            self.delete(changes.decode_deletes(record.payload))
            return
        for batch in changes.decode_adds(record.payload):
            self.add(batch.ids())

    def read(self, own: Log, generation: int, size: int) -> Iterator[tuple[csr_array, list[Document]]]:
        """Read the documents to be indexed from their log, as vectors of width `size` and what is stored beside them.

        Raises:
            IndexFormatError: if the log is damaged.
        """
        number = 0
        for record in log.read(own.path, generation, own.end):
            if record.kind != log.ADD:
                continue
            for batch in changes.decode_adds(record.payload):
                ids = batch.ids()
                kept = [n for n, document_id in enumerate(ids) if self._adds.get(document_id) == number + n]
                number += len(ids)
                if not kept:
                    continue
                rows, documents = batch.rows(size), batch.documents()
                if len(kept) < len(ids):
                    rows, documents = rows[np.array(kept)], [documents[n] for n in kept]
                yield rows, documents
