"""Write CIFF: vectors, document after document, become lists of postings, term after term.

Documents wait in flat files as they come; when all are there, their postings are scattered to their terms' lists.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from gzip import GzipFile
from pathlib import Path
from typing import IO

import numpy as np
from scipy.sparse import csr_array

from lsr_index.arrays import U8, U32
from lsr_index.errors import InputError
from lsr_index.exchange.atomic import complete, create
from lsr_index.exchange.ciff import kernels
from lsr_index.exchange.ciff.messages import delimited, field, varint
from lsr_index.exchange.ciff.reader import MOST, VERSION
from lsr_index.exchange.scratch_arrays import ScratchArray
from lsr_index.progress import Bars, silent
from lsr_index.vocabulary import Vocabulary

STEP = 1 << 14  # documents that are scattered before the next look around


@contextmanager
def writing(
    path: Path, vocabulary: Vocabulary, *, description: str = "", bars: Bars = silent
) -> Iterator["CiffWriter"]:
    """Write documents to a CIFF file; it appears under its name when the `with` block ends well.

    Lists stand in the order of their terms' UTF-8 bytes; terms without postings are left out.

    Args:
        path: The file; gzipped if its name ends in .gz. About eight bytes a posting lie beside it meanwhile.
        vocabulary: The terms of the vectors.
        description: For people who look into the header.
        bars: Shows progress.

    Raises:
        InputError: at the end, if a term in use is no text or there are more documents than the format holds.
    """
    folder = path.parent
    wide = np.uint16 if len(vocabulary) <= 1 << 16 else np.uint32
    with (
        complete(path) as unfinished,
        ScratchArray(np.int32, folder) as lengths,
        ScratchArray(wide, folder) as terms,
        ScratchArray(np.uint8, folder) as impacts,
        tempfile.TemporaryFile(dir=folder) as records,
    ):
        writer = CiffWriter(vocabulary, lengths, terms, impacts, records)
        yield writer
        with create(unfinished, zipped=path.suffix == ".gz") as file:
            writer.finish(file, folder, description, bars)


class CiffWriter:
    """Collect documents until their lists can be written; made by `writing`."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        lengths: ScratchArray,
        terms: ScratchArray,
        impacts: ScratchArray,
        records: IO[bytes],
    ) -> None:
        self._vocabulary = vocabulary
        self._lengths, self._terms, self._impacts, self._records = lengths, terms, impacts, records
        self._frequencies = np.zeros(len(vocabulary), dtype=np.int64)
        self._documents = self._total = 0

    def add(self, ids: Sequence[str], rows: csr_array) -> None:
        """Append documents.

        Args:
            ids: Of the documents.
            rows: float32 impacts, whole numbers from 1 to 255; shape (len(ids), V), rows sorted.

        Raises:
            InputError: if a weight is something else.
        """
        wrong = ~((rows.data >= 1) & (rows.data <= 255) & (rows.data == np.rint(rows.data)))
        if wrong.any():
            first = rows.data[int(np.argmax(wrong))]
            raise InputError(f"the impact {first} is no whole number from 1 to 255, as CIFF needs them; write Parquet")
        self._frequencies += np.bincount(rows.indices, minlength=len(self._vocabulary))
        self._lengths.append(np.diff(rows.indptr))
        self._terms.append(rows.indices)
        self._impacts.append(rows.data)
        sums = np.diff(np.concatenate([[0], np.cumsum(rows.data, dtype=np.int64)])[rows.indptr])
        for number, (document_id, length) in enumerate(zip(ids, sums.tolist(), strict=True), self._documents):
            record = field(1, number) + field(2, document_id.encode("utf-8")) + field(3, length)
            self._records.write(delimited(record))
        self._documents += len(ids)
        self._total += int(sums.sum())

    def finish(self, file: IO[bytes] | GzipFile, folder: Path, description: str, bars: Bars) -> None:
        """Write everything to `file`; arrays on the way lie in `folder`."""
        if self._documents > MOST:
            raise InputError(f"{self._documents} documents are more than the {MOST} that CIFF holds; write Parquet")
        names = self._vocabulary.terms
        used = sorted(np.flatnonzero(self._frequencies).tolist(), key=names.__getitem__)
        file.write(delimited(self._header(len(used), description)))
        ends = np.cumsum(self._frequencies)
        with ScratchArray(np.uint32, folder) as documents, ScratchArray(np.uint8, folder) as impacts:
            places, weights = documents.reserve(int(ends[-1])), impacts.reserve(int(ends[-1]))
            self._scatter(places, weights, bars)
            room = np.empty(kernels.LARGEST_POSTING * int(self._frequencies.max(initial=0)), dtype=np.uint8)
            with bars("writing terms", len(used)) as progress:
                for term in used:
                    part = slice(int(ends[term] - self._frequencies[term]), int(ends[term]))
                    size = kernels.encode_postings(places[part], weights[part], room)
                    head = field(1, _encoded(names[term])) + field(2, part.stop - part.start)
                    head += field(3, int(weights[part].sum(dtype=np.int64)))
                    file.write(varint(len(head) + size) + head)
                    file.write(room[:size].data)
                    progress(1)
        self._records.seek(0)
        shutil.copyfileobj(self._records, file, 1 << 20)

    def _header(self, lists: int, description: str) -> bytes:
        counts = (VERSION, lists, self._documents, lists, self._documents, self._total)
        header = b"".join(field(number, count) for number, count in enumerate(counts, 1))
        return header + field(7, self._total / max(1, self._documents)) + field(8, description.encode("utf-8"))

    def _scatter(self, places: U32, weights: U8, bars: Bars) -> None:
        lengths, terms, impacts = self._lengths.map(), self._terms.map(), self._impacts.map()
        cursors = np.cumsum(self._frequencies) - self._frequencies
        begin = 0
        with bars("sorting by term", self._documents) as progress:
            for first in range(0, self._documents, STEP):
                last = min(self._documents, first + STEP)
                rows = lengths, terms, impacts, first, last, begin
                begin = kernels.scatter_postings(*rows, cursors, places, weights)
                progress(last - first)


def _encoded(term: str) -> bytes:
    try:
        return term.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(f"the term {term!r} is no text, which CIFF needs: it has half a surrogate pair") from error
