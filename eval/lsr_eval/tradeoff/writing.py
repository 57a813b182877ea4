"""Make a chosen point someone's index: a new one that is cut like it, or its limits in one that is there."""

from datetime import UTC, datetime
from pathlib import Path

from lsr_eval.results import fresh_folder
from lsr_eval.tradeoff.building import build
from lsr_eval.tradeoff.points import Point
from lsr_index import tuning
from lsr_index.errors import InputError
from lsr_index.index import SparseIndex
from lsr_index.manifest import FILE
from lsr_index.progress import Bars, silent
from lsr_index.writer import IndexWriter


def is_index(path: Path) -> bool:
    """Tell whether an index stands at a path."""
    return (path / FILE).is_file()


def tune(path: Path, point: Point, safely: Point, source: SparseIndex, k: int) -> None:
    """Keep a point's limits for approximate search in an index that is there.

    Args:
        path: The index; its documents are the source's, with the same terms.
        point: What was chosen.
        safely: The point of its `safely`.
        source: What was swept.
        k: The depth of the sweep.

    Raises:
        InputError: if the point needs an index of its own, or the index holds something else.
        VocabularyMismatchError: if it has another vocabulary.
        IndexLockedError: if someone else is writing to it.
    """
    with IndexWriter(path) as writer:
        setting, index = point.setting, writer.index
        if setting.cuts or setting.exact not in (None, index.manifest.exact):
            raise InputError(f"{path} is an index already, and {point.name} needs one of its own; name a new path")
        index.check_vocabulary(source.vocabulary, "the sweep")
        if len(index) != len(source):
            raise InputError(f"{path} has {len(index)} documents, the sweep had {len(source)}; sweep that index")
        tuning.store(writer, _tuning(point, safely, k))


def make(path: Path, point: Point, safely: Point, source: SparseIndex, k: int, bars: Bars = silent) -> None:
    """Build an index that is cut like a point, with texts, query side and limits; it appears when it is complete.

    Arguments are those of `tune`; `bars` shows progress.

    Raises:
        IndexExistsError: if something stands at `path`.
    """
    with fresh_folder(path) as folder:
        build(source, point.setting, folder, complete=True, bars=bars)
        if not point.setting.safe:
            with IndexWriter(folder) as writer:
                tuning.store(writer, _tuning(point, safely, k))


def _tuning(point: Point, safely: Point, k: int) -> tuning.Tuning:
    setting = point.setting
    return tuning.Tuning(
        overestimate=setting.overestimate,
        superblocks=setting.superblocks,
        share=setting.share,
        k=k,
        recall_asked=point.recall,  # it was chosen by what it has, not by a recall
        recall=point.recall,
        recall_lower=point.recall_lower,
        queries=point.queries,
        ms_safe=round(safely.p50_ms, 4),
        ms=round(point.p50_ms, 4),
        documents=point.documents,
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
    )
