"""Merges of an index that is being written to: on demand, or in a thread of their own."""

import threading
from collections.abc import Callable, Sequence

from lsr_index import merging
from lsr_index.manifest import SegmentEntry
from lsr_index.store import Store

Choice = Callable[[Sequence[SegmentEntry]], slice | None]


class Merger:
    """Run one merge at a time, while documents are added, deleted and committed.

    Args:
        store: The index's generations.
        progress: Called while documents are ordered.
    """

    def __init__(self, store: Store, progress: Callable[[int], None] | None = None) -> None:
        self._store = store
        self._progress = progress
        self._one = threading.Lock()  # taken before the store's mutex, never the other way round
        self._thread: threading.Thread | None = None
        self._failure: Exception | None = None
        self._stop = False

    def run(self, choice: Choice) -> None:
        """Merge until there is nothing left that `choice` (`merging.due`, `worth_merging`) would have merged."""
        with self._one:
            while not self._stop and self._step(choice):  # ends: every step leaves fewer segments or deletions
                pass

    def start(self) -> None:
        """Merge what is due in a thread, unless one is at it, or has failed: `stop` tells why."""
        with self._store.mutex:
            due = merging.due(self._store.index.manifest.segments) is not None
            idle = self._thread is None or not self._thread.is_alive()
            if due and idle and self._failure is None:
                self._thread = threading.Thread(target=self._run_due, name="lsr-merge")
                self._thread.start()

    def stop(self) -> None:
        """Wait for the merge that is under way, and begin no other.

        Raises:
            Exception: what made a merge in the thread fail.
        """
        self._stop = True
        if self._thread is not None:
            self._thread.join()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def _run_due(self) -> None:
        try:
            self.run(merging.due)
        except Exception as error:  # told to whoever stops the merger; the index is as it was before
            self._failure = error

    def _step(self, choice: Choice) -> bool:
        store = self._store
        with store.mutex:
            chosen = choice(store.index.manifest.segments)
            if chosen is None:
                return False
            sources = store.index.segments[chosen]
        with store.new_segment() as folder:
            merged = merging.merge(folder, sources, store.size, store.exact, self._progress)
            with store.mutex:  # meanwhile segments have come behind these, and deletions in them
                names = {source.name for source in sources}
                entries = list(store.index.manifest.segments)
                places = [place for place, entry in enumerate(entries) if entry.name in names]
                gone = merging.carry_over(sources, store.index.segments)
                if merged is not None and gone.any():
                    merged = None if gone.all() else store.with_deletions(merged, gone)
                if places:
                    entries[places[0] : places[-1] + 1] = [] if merged is None else [merged]
                    store.swap(entries)
        return True
