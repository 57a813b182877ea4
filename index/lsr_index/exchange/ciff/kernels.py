"""Numba passes over the postings of a CIFF file: protobuf in and out, and from terms to documents and back."""

from typing import Any

# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
import numpy as np
from numba import njit
from numpy.typing import NDArray

from lsr_index.arrays import F32, I32, I64, U8, U32

WHOLE, BROKEN, OUTSIDE, NOT_RISING, IMPACT = 0, 1, 2, 3, 4  # what `decode_list` found
LARGEST_POSTING = 11  # bytes: tag, length; tag, five of a document; tag, two of an impact

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5  # wire types of protobuf
DOCUMENT_TAG, IMPACT_TAG = 1 << 3 | VARINT, 2 << 3 | VARINT  # of a posting
TERM_TAG, COUNT_TAG, POSTING_TAG = 1 << 3 | LENGTH, 2 << 3 | VARINT, 4 << 3 | LENGTH  # of a postings list


@njit(cache=True, nogil=True)
def read_varint(data: U8, p: int, end: int) -> tuple[int, int]:
    """Return the number that begins at byte p, as int64, and the byte after it: -1 if it does not end before `end`."""
    value, shift = np.uint64(0), np.uint64(0)
    while p < end and shift < 70:  # ends: p grows; ten bytes hold 64 bits
        byte = np.uint64(data[p])
        value |= (byte & np.uint64(127)) << shift
        p += 1
        if byte < 128:
            return np.int64(value), p
        shift += np.uint64(7)
    return 0, -1


@njit(cache=True, nogil=True)
def value_span(data: U8, p: int, end: int, wire: int) -> tuple[int, int]:
    """Return the first byte of the value at p, its length left out, and the byte after it: -1 if it is not whole."""
    if wire == VARINT:
        _, after = read_varint(data, p, end)
        return p, after
    size = np.int64(-1)
    if wire == LENGTH:
        size, p = read_varint(data, p, end)
    elif wire == FIXED64:
        size = np.int64(8)
    elif wire == FIXED32:
        size = np.int64(4)
    return p, p + size if p >= 0 and 0 <= size <= end - p else -1


@njit(cache=True, nogil=True)
def decode_posting(data: U8, p: int, end: int) -> tuple[int, int, bool]:
    """Return `(document less the one before, impact, whether the message is whole)`."""
    gap, impact = np.int64(0), np.int64(0)
    while p < end:  # ends: p grows
        tag, p = read_varint(data, p, end)
        if p < 0:
            return gap, impact, False
        first, p = value_span(data, p, end, tag & 7)
        if p < 0:
            return gap, impact, False
        if tag == DOCUMENT_TAG:
            gap, _ = read_varint(data, first, p)
        elif tag == IMPACT_TAG:
            impact, _ = read_varint(data, first, p)
    return gap, impact, True


@njit(cache=True, nogil=True)
def check_posting(gap: int, impact: int, first: bool, left: int) -> int:
    """Return WHOLE, or what is wrong with a posting; documents 0 … left - 1 after the one before are known."""
    if gap <= 0 and not first:
        return NOT_RISING
    if gap < 0 or gap >= left:
        return OUTSIDE
    return WHOLE if 0 <= impact <= 255 else IMPACT


@njit(cache=True, nogil=True)
def decode_list(data: U8, known: int, documents: U32, impacts: U8) -> tuple[int, int, int, int, int, int, int, int]:
    """Take a PostingsList apart.

    Args:
        data: uint8[n] the message.
        known: Documents of the collection.
        documents: uint32[n // 2] out, document of each posting.
        impacts: uint8[n // 2] out, likewise; postings with impact 0 are left out.

    Returns:
        `(status, byte, value, term's first byte, byte after it, df, postings, postings written)`: the status is WHOLE,
        or tells what is wrong with the field at `byte`, `value` being the offending gap, document or impact.
    """
    status, start, value = WHOLE, 0, np.int64(0)
    term_first, term_last, frequency = 0, 0, np.int64(0)
    document, count, kept = np.int64(0), 0, 0
    p, end = 0, data.size
    while p < end and status == WHOLE:  # ends: p grows
        start = p
        first, after = p, -1
        tag, p = read_varint(data, p, end)
        if p >= 0:
            first, after = value_span(data, p, end, tag & 7)
        if after < 0:
            status = BROKEN
        elif tag == POSTING_TAG:
            gap, impact, whole = decode_posting(data, first, after)
            status = check_posting(gap, impact, count == 0, known - document) if whole else BROKEN
            document += gap
            value = gap if status == NOT_RISING else document if status == OUTSIDE else impact
            count += 1
            if status == WHOLE and impact:
                documents[kept], impacts[kept] = document, impact
                kept += 1
        elif tag == TERM_TAG:
            term_first, term_last = first, after
        elif tag == COUNT_TAG:
            frequency, _ = read_varint(data, first, after)
        p = after
    return status, start, value, term_first, term_last, frequency, count, kept


@njit(cache=True, nogil=True)
def encode_postings(documents: U32, impacts: U8, out: U8) -> int:
    """Write postings as the repeated field of a PostingsList and return how many bytes they took.

    Args:
        documents: uint32[n] rising.
        impacts: uint8[n] in 1…255.
        out: uint8[LARGEST_POSTING × n] out.
    """
    q = 0
    previous = np.uint64(0)
    for i in range(documents.size):
        gap = np.uint64(documents[i]) - previous
        previous = np.uint64(documents[i])
        out[q] = POSTING_TAG
        length = q + 1
        q += 2
        if gap:  # 0, which only the first posting can have, is left out as protobuf does
            out[q] = DOCUMENT_TAG
            q += 1
            while gap > 127:  # ends: gap shrinks
                out[q] = gap & np.uint64(127) | np.uint64(128)
                gap >>= np.uint64(7)
                q += 1
            out[q] = gap
            q += 1
        out[q] = IMPACT_TAG
        q += 1
        if impacts[i] > 127:
            out[q], out[q + 1] = impacts[i] & 127 | 128, 1
            q += 2
        else:
            out[q] = impacts[i]
            q += 1
        out[length] = q - length - 1
    return q


@njit(cache=True, nogil=True)
def count_documents(cursors: I64, ends: I64, documents: U32, first: int, last: int, lengths: I64) -> None:
    """Count the postings of the documents first … last - 1.

    Args:
        cursors: int64[L] first posting of each list that is not of an earlier document.
        ends: int64[L] posting after each list's last.
        documents: uint32[P] documents, rising within a list.
        first: First document.
        last: Document after the last.
        lengths: int64[last - first] added to.
    """
    for row in range(cursors.size):
        p = cursors[row]
        while p < ends[row] and documents[p] < last:  # ends: p grows
            lengths[documents[p] - first] += 1
            p += 1


@njit(cache=True, nogil=True)
def gather_documents(
    cursors: I64,
    ends: I64,
    labels: I32,
    documents: U32,
    impacts: U8,
    first: int,
    last: int,
    places: I64,
    out_terms: I32,
    out_weights: F32,
) -> None:
    """Copy what `count_documents` counted, document after document, and move the cursors behind it.

    Args:
        cursors: As there; advanced.
        ends: As there.
        labels: int32[L] term of each list.
        documents: As there.
        impacts: uint8[P]
        first: As there.
        last: As there.
        places: int64[last - first] where each document's postings go; advanced.
        out_terms: int32 out; in each document as the lists are.
        out_weights: float32 out, impacts.
    """
    for row in range(cursors.size):
        p = cursors[row]
        while p < ends[row] and documents[p] < last:  # ends: p grows
            place = places[documents[p] - first]
            out_terms[place], out_weights[place] = labels[row], impacts[p]
            places[documents[p] - first] = place + 1
            p += 1
        cursors[row] = p


@njit(cache=True, nogil=True)
def scatter_postings(
    lengths: I32,
    terms: NDArray[Any],
    impacts: U8,
    first: int,
    last: int,
    begin: int,
    cursors: I64,
    out_documents: U32,
    out_impacts: U8,
) -> int:
    """Append the postings of the documents first … last - 1 to their terms' lists.

    Args:
        lengths: int32[N] postings of each document.
        terms: uint16 or uint32[P] terms, document after document.
        impacts: uint8[P] likewise.
        first: First document.
        last: Document after the last.
        begin: The first one's first posting.
        cursors: int64[V] next free posting of each term; advanced.
        out_documents: uint32[P] out.
        out_impacts: uint8[P] out.

    Returns:
        The first posting of document `last`.
    """
    p = begin
    for document in range(first, last):
        for _ in range(lengths[document]):
            cursor = cursors[terms[p]]
            out_documents[cursor], out_impacts[cursor] = document, impacts[p]
            cursors[terms[p]] = cursor + 1
            p += 1
    return p
