"""The committed generations of an index, as its one writer moves from one to the next."""

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lsr_index import durable
from lsr_index.arrays import I64
from lsr_index.errors import LsrError
from lsr_index.folder import deletes_name, log_name, segment_name, sweep
from lsr_index.index import SparseIndex
from lsr_index.log import Log
from lsr_index.manifest import Exact, SegmentEntry, describe_file


class Store:
    """The present generation, and what is being written for the next. The caller holds the index's lock.

    Args:
        path: The index; what a crash left there is swept out.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mutex = threading.RLock()
        """Held while generations change, and by whoever must not see them change."""
        self.index = SparseIndex.open(path)
        """A snapshot of the present generation."""
        self._next_segment = self.index.manifest.next_segment
        self._unfinished: set[str] = set()
        self._uncertain = False
        sweep(path, self.index.manifest)

    @property
    def generation(self) -> int:
        """The present generation's number."""
        return self.index.manifest.generation

    @property
    def size(self) -> int:
        """The vocabulary's size V."""
        return self.index.manifest.vocabulary_size

    @property
    def exact(self) -> Exact:
        """Bits of the exact weights that segments keep; None where they keep none."""
        return self.index.manifest.exact

    @contextmanager
    def new_segment(self) -> Iterator[Path]:
        """Give the folder of a new segment, which `swap` must name before the block ends, or else it goes again."""
        with self.mutex:
            folder = self.path / segment_name(self._next_segment)
            self._next_segment += 1
            self._unfinished.add(folder.name)
        try:
            yield folder
        except BaseException:
            with self.mutex:
                if not self._uncertain and folder.name not in {entry.name for entry in self.index.manifest.segments}:
                    shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            self._unfinished.discard(folder.name)

    def new_log(self) -> Log:
        """Start the log of the next generation."""
        generation = self.generation + 1
        return Log.create(self.path / log_name(generation), generation)

    def without(self, numbers: I64) -> list[SegmentEntry]:
        """Write deletions for the next generation and return the segments with them, emptied ones left out.

        Args:
            numbers: int64[n] document numbers in the present generation, distinct, none of them deleted before.
        """
        entries = []
        for segment in self.index.segments:
            inside = numbers[(numbers >= segment.base) & (numbers < segment.base + len(segment))] - segment.base
            if len(inside) == 0:
                entries.append(segment.entry)
            elif len(inside) < segment.live:
                deleted = segment.dead.copy()
                deleted[inside] = True
                entries.append(self.with_deletions(segment.entry, deleted))
        return entries

    def with_deletions(self, entry: SegmentEntry, deleted: NDArray[np.bool_]) -> SegmentEntry:
        """Write which documents of a segment are deleted from the next generation on.

        Args:
            entry: The segment.
            deleted: bool[N] by document number.
        """
        folder = self.path / entry.name
        path = folder / deletes_name(self.generation + 1)
        np.save(path, np.packbits(deleted, bitorder="little"))
        durable.sync(path)
        durable.sync(folder)
        files = {name: file for name, file in entry.files.items() if name != entry.deletes}
        files[path.name] = describe_file(path)
        return replace(entry, deleted=int(deleted.sum()), deletes=path.name, files=files)

    def swap(
        self, entries: Sequence[SegmentEntry], log: Log | None = None, tuned: dict[str, Any] | None = None
    ) -> None:
        """Begin the next generation, durably, and remove what it does not need.

        Args:
            entries: Its segments, whose files are on disk.
            log: Its log; None keeps the present one.
            tuned: What `lsr index tune` found; None keeps what stands.

        Raises:
            LsrError: if an earlier swap failed in a way that leaves open which generation stands.
        """
        self.check_certain()
        old = self.index.manifest
        manifest = replace(
            old,
            generation=old.generation + 1,
            segments=tuple(entries),
            next_segment=self._next_segment,
            log=old.log if log is None else log.path.name,
            tuned=old.tuned if tuned is None else tuned,
        )
        durable.sync(self.path)  # the names of what is new
        self._uncertain = True
        manifest.write(self.path)
        self.index = self.index.newest()
        self._uncertain = False
        with suppress(OSError):  # what stays, the next sweep takes
            sweep(self.path, manifest, self._unfinished)

    def check_certain(self) -> None:
        """Refuse to go on when it is unknown which generation stands on disk.

        Raises:
            LsrError: after a failed `swap`.
        """
        if self._uncertain:
            raise LsrError(f"the last change of {self.path} failed and may or may not have happened; open it again")
