"""Checksums of pages, for files too long to be checked when an index is opened: they are checked as they are used."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from lsr_index import exact
from lsr_index.arrays import U64
from lsr_index.mapping import PAGE, page_sums

FILE = "pages.npy"
PAGED = (
    "grid.npy", "postings.npy", "ids.npy", "id_ends.npy", "id_hashes.npy", "id_numbers.npy", "documents.jsonl.zst",
)  # fmt: skip
"""The files that are checked by pages, in the order in which `pages.npy` has their checksums; `exact.FILES` come last,
where there are such."""


def write_pages(folder: Path) -> None:
    """Write the checksums of a segment's pages."""
    there = [name for name in exact.FILES if (folder / name).exists()]
    np.save(folder / FILE, np.concatenate([page_sums(folder / name) for name in (*PAGED, *there)]))


def split_pages(sums: U64, sizes: Mapping[str, int]) -> dict[str, U64]:
    """Return each file's part of `pages.npy`.

    Args:
        sums: uint64[pages of all files].
        sizes: Bytes of each file.
    """
    names = [*PAGED, *(name for name in exact.FILES if name in sizes)]
    ends = np.cumsum([-(-sizes[name] // PAGE) for name in names])
    return dict(zip(names, np.split(sums, ends[:-1]), strict=True))
