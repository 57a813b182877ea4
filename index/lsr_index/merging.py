"""Merge neighbouring segments into one: which, and how.

Only neighbours are merged, so the insertion order, in which equal scores stand, never changes. Segments are sorted
into levels by their live documents, each level 8 times the one below, and as soon as 8 neighbours are no larger than a
level they become one: a document is copied once a level, and there are at most 7 segments of each. (Leveled merging:
O'Neil et al., The log-structured merge-tree, 1996.)
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lsr_index.arrays import F32
from lsr_index.contents import parts_of
from lsr_index.manifest import Exact, SegmentEntry
from lsr_index.quantize import scales_like
from lsr_index.segment import Segment
from lsr_index.segment_builder import SegmentBuilder

FACTOR = 8
SMALLEST = 1024  # documents; segments up to here are of the lowest level
WASTE = 0.5  # share of deleted documents from which on a segment is written anew


def due(segments: Sequence[SegmentEntry]) -> slice | None:
    """Return the neighbours that should be merged next, None if none should."""
    levels = [_level(segment.documents - segment.deleted) for segment in segments]
    for level in sorted(set(levels)):
        start = 0
        for end in range(len(levels) + 1):
            if end == len(levels) or levels[end] > level:
                if end - start >= FACTOR:
                    return slice(start, end)
                start = end + 1
    for position, segment in enumerate(segments):
        if segment.deleted > WASTE * segment.documents:
            return slice(position, position + 1)
    return None


def worth_merging(segments: Sequence[SegmentEntry]) -> slice | None:
    """Return all segments if making one of them changes anything, else None."""
    if len(segments) > 1 or any(segment.deleted for segment in segments):
        return slice(0, len(segments))
    return None


def merge(
    folder: Path,
    segments: Sequence[Segment],
    size: int,
    exact: Exact = None,
    progress: Callable[[int], None] | None = None,
) -> SegmentEntry | None:
    """Write the live documents of neighbouring segments as a new one.

    Where scales agree, as they do unless weights outgrew them, impacts are copied exactly; elsewhere the coarser wins.
    Exact weights are carried over, and impacts made of them anew.

    Args:
        folder: The new segment's.
        segments: What to merge.
        size: The vocabulary's size V.
        exact: Bits of exact weights; None keeps none.
        progress: Called while documents are ordered.

    Returns:
        What the manifest says of the new segment; None where no document is live, and nothing is written.

    Raises:
        IndexFormatError: if a segment is damaged.
    """
    if not any(segment.live for segment in segments):
        return None
    known = np.max([np.where(segment.stored.present(), segment.scales, 0) for segment in segments], axis=0)
    builder = SegmentBuilder(folder, size, exact)
    try:
        for segment in segments:
            for part in parts_of(segment):
                builder.add(part.weights, part.documents)
        return builder.finish(lambda largest, _: _fitting(known.astype(np.float32), largest), progress=progress)
    finally:
        builder.abandon()


def carry_over(sources: Sequence[Segment], now: Sequence[Segment]) -> NDArray[np.bool_]:
    """Return which documents of a merged segment were deleted while it was made, bool[live documents of `sources`].

    Args:
        sources: What was merged, as it was then.
        now: The index's present segments; one that is gone has lost all its documents.
    """
    present = {segment.name: segment for segment in now}
    parts = []
    for source in sources:
        current = present.get(source.name)
        gone = np.ones(len(source), dtype=bool) if current is None else current.dead
        parts.append(gone[~source.dead])
    return np.concatenate(parts)


def known_scales(segments: Sequence[Segment], size: int) -> F32:
    """Return the scale of each term in the first segment that has it, 0 where none has; float32[V]."""
    known = np.zeros(size, dtype=np.float32)
    for segment in segments:
        fresh = segment.stored.present() & (known == 0)
        known[fresh] = segment.scales[fresh]
    return known


def _fitting(known: F32, largest: F32) -> F32:
    # A term that no document has any more needs no scale; the finest takes least from the precision of queries.
    finest = known[known > 0].min(initial=np.inf)
    return scales_like(np.where(known > 0, known, np.float32(finest if np.isfinite(finest) else 1)), largest)


def _level(documents: int) -> int:
    level, limit = 0, SMALLEST
    while documents > limit:  # ends: the limit grows
        level, limit = level + 1, limit * FACTOR
    return level
