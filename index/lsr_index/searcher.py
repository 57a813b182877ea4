"""Ask all segments of a generation: one threshold for all, masks for filters and deletions, a thread's own memory."""

import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lsr_index import rescoring
from lsr_index.filters import Filter
from lsr_index.kernels import answer, mask, scratch, topk
from lsr_index.kernels.limits import NEVER, Limits
from lsr_index.segments import Segments

FILTERS = 64  # whose masks are kept: a byte a document each


class Plan(NamedTuple):
    """How queries are answered."""

    traversal: int
    """`answer.AUTO`, `PRUNED`, `SCAN` or `ORACLE`."""
    limits: Limits
    filter: Filter | None
    timeout_ms: float | None
    margin: int | None = None
    """How many documents beyond k are rescored, None for no rescoring."""


class Searcher:
    """Search segments; several threads may use it at once."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        # The largest first: most of the best documents are there, and the threshold rises soonest.
        self._turns = sorted(range(len(segments)), key=lambda position: -len(segments[position]))
        self._threads = threading.local()
        self._masks: OrderedDict[str, list[mask.Mask]] = OrderedDict()
        self._lock = threading.Lock()

    def search(self, queries: csr_array, k: int, plan: Plan, threads: int) -> answer.Answers:
        """Answer well-formed queries.

        Raises:
            InputError: if the filter does not fit the stored fields.
            IndexFormatError: if what the queries need is damaged.
        """
        count, depth = queries.shape[0], max(1, min(k + (plan.margin or 0), self._segments.documents))
        out = answer.room(count, depth)
        indptr, terms = queries.indptr.astype(np.int64, copy=False), queries.indices.astype(np.int32, copy=False)
        rows = answer.Queries(indptr, terms, queries.data, np.zeros(count))
        masks = self._masks_of(plan.filter)
        for segment in self._segments:
            segment.verify_terms(terms)
            answer.note_totals(*rows, segment.scales)
        if plan.timeout_ms is not None:
            deadline = time.monotonic_ns() + round(plan.timeout_ms * 1e6)
            plan = plan._replace(limits=plan.limits._replace(deadline=min(deadline, NEVER)))
        if threads == 1 or count < 2:
            self._answer(rows, 0, count, k, plan, masks, out)
            return out
        borders = np.linspace(0, count, min(count, 4 * threads) + 1).astype(int)
        with ThreadPoolExecutor(threads) as pool:
            for future in [
                pool.submit(self._answer, rows, int(a), int(b), k, plan, masks, out) for a, b in pairwise(borders)
            ]:
                future.result()
        return out

    def _answer(
        self, rows: answer.Queries, first: int, last: int, k: int, plan: Plan, masks: list[mask.Mask],
        out: answer.Answers,
    ) -> None:  # fmt: skip
        depth = out.keys.shape[1]
        memory, top = self._memory(depth)
        for turn, position in enumerate(self._turns, 1):
            segment = self._segments[position]
            answer.answer(
                tuple(segment.postings), segment.base, tuple(masks[position]), tuple(rows), first, last, depth,
                plan.traversal, tuple(plan.limits), tuple(memory), tuple(top), tuple(out), turn == len(self._turns),
            )  # fmt: skip
        if plan.margin is not None:
            rescoring.rescore(self._segments, rows, first, last, k, self._table(), out)

    def _masks_of(self, wanted: Filter | None) -> list[mask.Mask]:
        if wanted is None:
            return [segment.mask for segment in self._segments]
        key = str(wanted)
        with self._lock:
            if key in self._masks:
                self._masks.move_to_end(key)
                return self._masks[key]
        masks = []
        for segment in self._segments:
            passing = wanted.mask(segment.fields)
            if segment.deleted is not None:
                passing &= ~segment.deleted
            masks.append(mask.make(passing, segment.postings.numbers))
        with self._lock:
            self._masks[key] = masks
            while len(self._masks) > FILTERS:  # ends: one less at every turn
                self._masks.popitem(last=False)
        return masks

    def _table(self) -> NDArray[np.float64]:
        own = self._threads
        if not hasattr(own, "table"):
            own.table = np.zeros(max((len(segment.scales) for segment in self._segments), default=0))
        table: NDArray[np.float64] = own.table
        return table

    def _memory(self, k: int) -> tuple[scratch.Scratch, topk.TopK]:
        # One set a thread: the kernels release the GIL.
        own = self._threads
        if not hasattr(own, "scratch"):
            own.scratch = scratch.make(max((len(segment) for segment in self._segments), default=1))
            own.top = topk.make(k)
        if own.top.state[topk.K] != k:
            own.top = topk.make(k)
        return own.scratch, own.top
